/** What is deleted is gone: from every table of both stores, also what was still on its way. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createdKey, madeTenant, secretLink } from "@throughline/contract";
import { until } from "../../../../../test/harness/until.ts";
import { addPerson, cookieOf, fromElsewhere, type Instance, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { browserBodies, otlpBodies } from "./tools.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export function eraseSuite(backend: AccessBackend): void {
  describe(`deleting for good on ${backend.name}`, () => {
    let rig: Rig;
    let owner: TestPerson;
    let tenantId: string;
    const keys = new Map<string, string>();
    /** Rows wait in the journal as long as it is closed. */
    let gate = Promise.withResolvers<void>();
    const open = (): void => gate.resolve();
    const shut = (): void => {
      gate = Promise.withResolvers();
    };

    before(async () => {
      open();
      rig = await openRig(backend, { beforeLoad: () => gate.promise });
      await markSetUp(rig.control);
      owner = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const made = await ask("POST", "/api/tenants", rig.tenantId, { name: "Shop" });
      ({ tenantId } = madeTenant.parse(made.json()));
      await ask("POST", "/api/projects", tenantId, { id: "second", name: "Second" });
      for (const projectId of ["default", "second"]) {
        const answer = await ask("POST", "/api/ingest-keys", tenantId, {
          name: "k",
          projectId,
          kind: "server",
        });
        keys.set(projectId, createdKey.parse(answer.json()).key);
        await send(projectId);
      }
      await loaded();
    });
    after(async () => {
      open();
      await rig.close();
    });

    async function ask(method: Method, url: string, tenant: string, payload?: object) {
      const answer = await fromElsewhere(rig.app, {
        method,
        url,
        headers: { cookie: await cookieOf(rig.access, owner.userId), "x-throughline-tenant": tenant },
        ...(payload === undefined ? {} : { payload }),
      });
      assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.body}`);
      return answer;
    }

    /** Rows for every table; acknowledged, not necessarily loaded. */
    async function send(projectId: string): Promise<void> {
      const bodies = { ...otlpBodies("web"), ...browserBodies() };
      for (const [url, payload] of Object.entries(bodies)) {
        const answer = await fromElsewhere(rig.app, {
          method: "POST",
          url,
          headers: {
            authorization: `Bearer ${keys.get(projectId) ?? ""}`,
            "content-type": "application/json",
          },
          payload: JSON.stringify(payload),
        });
        assert.equal(answer.statusCode, 200, answer.body);
      }
    }

    const loaded = () =>
      until("the journal is empty", async () => rig.engines.ingest.status().journalSegments === 0);

    /** Rows by table, of all tables with rows of tenants. */
    async function rowsOf(projectId?: string): Promise<Record<string, number>> {
      const query = <Row>(sql: string) =>
        rig.engines.telemetry.internal.query<Row>(sql, {}, { name: "test" });
      const tables = await query<{ name: string }>(
        `select name from system.tables where database = 'throughline' and engine like '%MergeTree'
           and name != 'schema_migrations' order by name`,
      );
      const rows: Record<string, number> = {};
      for (const { name } of tables) {
        const [counted] = await query<{ n: number }>(
          `select count() as n from throughline.${name} where tenant_id = '${tenantId}'
           ${projectId === undefined ? "" : `and project_id = '${projectId}'`}`,
        );
        rows[name] = counted?.n ?? 0;
      }
      return rows;
    }
    const isEmpty = (rows: Record<string, number>): boolean => Object.values(rows).every((n) => n === 0);
    const unfinished = () =>
      rig.control.query<{ project_id: string | null }>(
        "select project_id from telemetry_deletions where tenant_id = $1 and done_at is null",
        [tenantId],
      );
    /** As if the time had passed in which keys die and journals empty. */
    const settle = () =>
      rig.control.query("update telemetry_deletions set requested_at = requested_at - interval '3 minutes'");

    test("a project goes from every table, with what was acknowledged before and loaded after a restart", async () => {
      const stored = await rowsOf("second");
      assert.ok(
        Object.values(stored).every((n) => n > 0),
        JSON.stringify(stored),
      );
      shut();
      await send("second");
      // Received before the moment to which settle() moves the deletion.
      await rig.engines.ingest.accept({
        signal: "logs",
        encoding: "json",
        compression: "identity",
        sender: { tenantId, projectId: "second", keyId: "key" },
        body: Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"x"}]}]}]}'),
        receivedAtMs: Date.now() - 4 * 60_000,
      });
      await ask("DELETE", "/api/projects/second", tenantId, { id: "second", why: "not needed" });
      await rig.access.eraser.run();
      assert.ok(isEmpty(await rowsOf("second")), "what was stored is gone at once");
      assert.equal((await unfinished()).length, 1);

      const restarted: Instance = await rig.openSecond();
      await settle();
      await restarted.access.eraser.run();
      assert.equal((await unfinished()).length, 1, "not done while rows of before wait in the journal");
      open();
      await loaded();
      assert.ok(!isEmpty(await rowsOf("second")), "they came after all");
      await restarted.access.eraser.run();
      assert.ok(isEmpty(await rowsOf("second")));
      await restarted.access.eraser.run();
      assert.deepEqual(await unfinished(), [], "done once nothing was found");
      await restarted.close();
      assert.ok(
        Object.values(await rowsOf("default")).every((n) => n > 0),
        "the other project is untouched",
      );
    });

    test("an instance that was away while a deletion was done erases what its journal brought back", async () => {
      await ask("POST", "/api/projects", tenantId, { id: "third", name: "Third" });
      const answer = await ask("POST", "/api/ingest-keys", tenantId, {
        name: "k",
        projectId: "third",
        kind: "server",
      });
      keys.set("third", createdKey.parse(answer.json()).key);
      shut();
      await send("third");
      // It starts with these rows in its journal.
      const away = await rig.openSecond();
      await ask("DELETE", "/api/projects/third", tenantId, { id: "third", why: "not needed" });
      await rig.control.query("update telemetry_deletions set done_at = now()");
      open();
      await loaded();
      assert.ok(!isEmpty(await rowsOf("third")));
      await away.access.eraser.run();
      assert.ok(isEmpty(await rowsOf("third")));
      await away.close();
    });

    test("an organisation goes from every table of both stores", async () => {
      await rig.engines.quotas.flush();
      await ask("DELETE", "/api/tenant", tenantId, { name: "Shop", why: "not needed" });
      await rig.access.eraser.run();
      assert.ok(isEmpty(await rowsOf()));
      await settle();
      await rig.access.eraser.run();
      assert.deepEqual(await unfinished(), []);
      const left = await mentions(tenantId);
      // What is still to be erased, or was; and that somebody deleted it, in the installation's own log.
      assert.deepEqual(
        left.filter((table) => !["telemetry_deletions", "audit_log"].includes(table)),
        [],
      );
      const lines = await rig.control.query<{ action: string }>(
        "select distinct action from audit_log where tenant_id is null and target_id = $1",
        [tenantId],
      );
      assert.deepEqual(lines, [{ action: "tenant.delete" }]);
      assert.deepEqual(await rig.control.query("select from audit_log where tenant_id = $1", [tenantId]), []);
    });

    test("a person who is deleted leaves no mail address behind, whoever deletes them", async () => {
      const byAdministrator = "margaret@example.com";
      const byThemselves = "grace@example.com";
      for (const email of [byAdministrator, byThemselves]) {
        const invite = await ask("POST", "/api/invitations", rig.tenantId, { email, role: "ADMIN" });
        const token = new URL(secretLink.parse(invite.json()).url).hash.slice(1);
        const accepted = await fromElsewhere(rig.app, {
          method: "POST",
          url: "/api/invitations/accept",
          payload: { token, name: "A Person", password: "another long password" },
        });
        assert.equal(accepted.statusCode, 200, accepted.body);
        const wrong = await fromElsewhere(rig.app, {
          method: "POST",
          url: "/api/auth/sign-in/email",
          payload: { email, password: "wrong password" },
        });
        assert.equal(wrong.statusCode, 401);
        const [user] = await rig.control.query<{ id: string }>("select id from users where email = $1", [
          email,
        ]);
        const userId = user?.id ?? assert.fail();
        await ask("POST", `/api/members/${userId}/reset-link`, rig.tenantId);
        assert.ok((await mentions(email)).length >= 2);
        if (email === byAdministrator)
          await ask("DELETE", `/api/members/${userId}`, rig.tenantId, { deletePerson: true });
        else {
          const gone = await fromElsewhere(rig.app, {
            method: "DELETE",
            url: "/api/account",
            headers: { cookie: await cookieOf(rig.access, userId) },
            payload: { email, password: "another long password" },
          });
          assert.equal(gone.statusCode, 200, gone.body);
        }
        // The line about the wrong password follows its answer.
        await until("no table knows the address", async () => (await mentions(email)).length === 0);
      }
    });

    /** Tables of the control store that have the text somewhere. */
    async function mentions(text: string): Promise<string[]> {
      const tables = await rig.control.query<{ name: string }>(
        `select c.relname::text as name from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
      );
      const found: string[] = [];
      for (const { name } of tables) {
        const rows = await rig.control.query(
          `select from ${name} as t where position($1 in row_to_json(t)::text) > 0 limit 1`,
          [text],
        );
        if (rows.length > 0) found.push(name);
      }
      return found;
    }
  });
}
