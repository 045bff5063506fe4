/** The export of an organisation: all that is its own, nothing that is another's, and no secrets. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { after, before, describe, test } from "node:test";
import { auditPage, createdKey, madeTenant } from "@throughline/contract";
import { z } from "zod";
import { until } from "../../../../../test/harness/until.ts";
import { CONTROL_SECTIONS } from "../../access/export/controlSections.ts";
import { addPerson, cookieOf, fromElsewhere, type Instance, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { browserBodies, otlpBodies } from "./tools.ts";

type Method = "GET" | "POST" | "DELETE";

const head = z.object({
  format: z.literal("throughline-export"),
  version: z.literal(1),
  tenantId: z.string(),
});
const line = z.object({
  section: z.string(),
  project: z.string().optional(),
  row: z.record(z.string(), z.unknown()),
});
const end = z.object({ end: z.literal(true), rows: z.record(z.string(), z.number()) });

export function exportSuite(backend: AccessBackend): void {
  describe(`exporting an organisation on ${backend.name}`, () => {
    let rig: Rig;
    let listening: Instance;
    let owner: TestPerson;
    let ours: string;
    let theirs: string;
    const keys: string[] = [];
    before(async () => {
      rig = await openRig(backend);
      await markSetUp(rig.control);
      owner = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      ours = await newTenant("Ours");
      theirs = await newTenant("Theirs");
      await ask("POST", "/api/projects", ours, { id: "second", name: "Second" });
      await ask("POST", "/api/invitations", ours, { email: "guest@example.com", role: "VIEWER" });
      for (const [tenantId, projectId] of [
        [ours, "default"],
        [ours, "second"],
        [theirs, "default"],
      ] as const)
        await sendAll(await newKey(tenantId, projectId), `${tenantId}-${projectId}`);
      listening = await rig.openSecond();
      await listening.app.listen({ host: "127.0.0.1", port: 0 });
      await until(
        "everything that was sent is stored",
        async () => rig.engines.ingest.status().journalSegments === 0,
      );
    });
    after(async () => {
      await listening.close();
      await rig.close();
    });

    async function ask(method: Method, url: string, tenantId: string, payload?: object) {
      const answer = await fromElsewhere(rig.app, {
        method,
        url,
        headers: { cookie: await cookieOf(rig.access, owner.userId), "x-throughline-tenant": tenantId },
        ...(payload === undefined ? {} : { payload }),
      });
      assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.body}`);
      return answer;
    }
    async function newTenant(name: string): Promise<string> {
      return madeTenant.parse((await ask("POST", "/api/tenants", rig.tenantId, { name })).json()).tenantId;
    }
    async function newKey(tenantId: string, projectId: string): Promise<string> {
      const made = await ask("POST", "/api/ingest-keys", tenantId, { name: "k", projectId, kind: "server" });
      const { key } = createdKey.parse(made.json());
      keys.push(key);
      return key;
    }

    /** Something for every table; `mark` is in each row. */
    async function sendAll(key: string, mark: string): Promise<void> {
      const bodies = { ...otlpBodies(mark), ...browserBodies() };
      for (const [url, payload] of Object.entries(bodies)) {
        const answer = await fromElsewhere(rig.app, {
          method: "POST",
          url,
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          payload: JSON.stringify(payload),
        });
        assert.equal(answer.statusCode, 200, answer.body);
      }
    }

    const query = <Row>(sql: string) => rig.engines.telemetry.internal.query<Row>(sql, {}, { name: "test" });

    async function download(tenantId: string, signal?: AbortSignal): Promise<Response> {
      const { port } = listening.app.server.address() as AddressInfo;
      return await fetch(`http://127.0.0.1:${port}/api/tenant/export`, {
        headers: { cookie: await cookieOf(rig.access, owner.userId), "x-throughline-tenant": tenantId },
        ...(signal === undefined ? {} : { signal }),
      });
    }
    const auditLines = async (tenantId: string) =>
      auditPage
        .parse((await ask("GET", "/api/audit?limit=50", tenantId)).json())
        .entries.filter(({ action }) => action.startsWith("tenant.export"))
        .map(({ action, result }) => `${action} ${result}`);

    test("every row of the organisation is in it, nothing of another's, and no secret", async () => {
      const answer = await download(ours);
      assert.equal(answer.status, 200);
      assert.match(
        answer.headers.get("content-disposition") ?? "",
        /attachment; filename="throughline-.*\.ndjson\.gz"/,
      );
      const text = gunzipSync(Buffer.from(await answer.arrayBuffer())).toString();
      const lines = text.trimEnd().split("\n");
      assert.equal(head.parse(JSON.parse(lines[0] ?? "")).tenantId, ours);
      const { rows } = end.parse(JSON.parse(lines.at(-1) ?? ""));
      const parsed = lines.slice(1, -1).map((each) => line.parse(JSON.parse(each)));
      const found = Object.fromEntries(
        [...Map.groupBy(parsed, ({ section }) => section)].map(([section, of]) => [section, of.length]),
      );
      for (const [section, count] of Object.entries(rows)) assert.equal(found[section] ?? 0, count, section);

      const tables = await query<{ name: string; final: number }>(
        `select name, engine like '%Aggregating%' as final from system.tables
         where database = 'throughline' and engine like '%MergeTree' and name != 'schema_migrations'`,
      );
      assert.ok(tables.length >= 10, tables.map(({ name }) => name).join());
      for (const { name, final } of tables) {
        const [stored] = await query<{ n: number }>(
          `select count() as n from throughline.${name} ${final ? "final" : ""} where tenant_id = '${ours}'`,
        );
        assert.ok((stored?.n ?? 0) > 0, `${name} has rows to look for`);
        assert.equal(rows[`telemetry.${name}`], stored?.n, name);
      }
      const span = parsed.find(({ section }) => section === "telemetry.spans");
      assert.equal(span?.row["trace_id"], "0af7651916cd43dd8448eb211c80319c");
      const spanProjects = parsed
        .filter(({ section }) => section === "telemetry.spans")
        .map(({ project }) => project);
      assert.deepEqual(spanProjects.toSorted(), [...Array(4).fill("default"), ...Array(4).fill("second")]);
      const cell = parsed.find(({ section }) => section === "telemetry.request_rollups");
      assert.deepEqual([cell?.row["count"], cell?.row["slowest_trace"]], ["3", span?.row["trace_id"]]);

      assert.deepEqual(
        parsed.filter(({ section }) => section === "projects").map(({ row }) => row["id"]),
        ["default", "second"],
      );
      assert.equal(parsed.find(({ section }) => section === "members")?.row["email"], owner.email);
      assert.ok(!text.includes(theirs), "nothing of the other organisation");
      const secrets = await rig.control.query<{ secret: string }>(
        `select encode(hash, 'hex') as secret from ingest_keys union all select encode(hash, 'base64') from ingest_keys
         union all select encode(token_hash, 'hex') from invitations union all select token from sessions`,
      );
      for (const { secret } of secrets) assert.ok(!text.includes(secret.trim()));
      for (const key of keys) assert.ok(!text.includes(key));
      assert.deepEqual(await auditLines(ours), ["tenant.export.end done", "tenant.export.begin done"]);
    });

    test("no table of the control store that belongs to an organisation is forgotten", async () => {
      const tables = await rig.control.query<{ name: string }>(
        `select c.relname::text as name from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and (c.relname = 'tenants' or exists (
             select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))`,
      );
      const exported = [...Object.values(CONTROL_SECTIONS).map(({ table }) => table), "audit_log"];
      assert.deepEqual(tables.map(({ name }) => name).toSorted(), exported.toSorted());
    });

    test("breaking off the download ends the queries, and is on record", async () => {
      // Far more than all buffers on the way hold.
      await rig.engines.telemetry.internal.command(
        `insert into throughline.logs (tenant_id, project_id, service, time, body)
         select '${theirs}', 'default', 'big', now64(9), randomPrintableASCII(2000) from numbers(60000)`,
      );
      const leaving = new AbortController();
      const answer = await download(theirs, leaving.signal);
      const reader = answer.body?.getReader();
      assert.equal((await reader?.read())?.done, false);
      const atOnce = await download(theirs);
      assert.equal(atOnce.status, 409, "one at a time");
      await atOnce.body?.cancel();
      leaving.abort();
      await until("the end is on record", async () =>
        (await auditLines(theirs)).includes("tenant.export.end failed"),
      );
      const running = await query<{ n: number }>(
        "select count() as n from system.processes where query like '%finalizeAggregation%' or query like '%from throughline.logs%'",
      );
      // The question itself names them.
      assert.equal(running[0]?.n, 1);
      const again = await download(theirs);
      assert.equal(again.status, 200);
      const text = gunzipSync(Buffer.from(await again.arrayBuffer())).toString();
      const { rows } = end.parse(JSON.parse(text.trimEnd().split("\n").at(-1) ?? ""));
      assert.equal(rows["telemetry.logs"], 60_001);
      assert.ok(!text.includes(ours));
    });

    test("an instance that closes does not wait for a download", async () => {
      const third = await rig.openSecond();
      await third.app.listen({ host: "127.0.0.1", port: 0 });
      const { port } = third.app.server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/api/tenant/export`, {
        headers: { cookie: await cookieOf(rig.access, owner.userId), "x-throughline-tenant": theirs },
      });
      assert.equal(answer.status, 200);
      await third.close();
      await assert.rejects(answer.arrayBuffer());
    });
  });
}
