/** One organisation on another, over HTTP and in the database; and what nobody may do to the audit log. */
import assert from "node:assert/strict";
import { randomBytes, randomUUIDv7 } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { auditPage, createdKey, problem, secretLink } from "@throughline/contract";
import { ACTIONS } from "../../access/index.ts";
import { isScope } from "../../access/roles.ts";
import { ControlError } from "../../engines/control/index.ts";
import { addPerson, cookieOf, fromElsewhere, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";

/** In every name of the attacked organisation: it must be in no answer to the other one. */
const MARKER = "Zanzibar";
const PROJECT = "zanzibar-shop";

/** Who looks after the installation sets quotas there, of organisations that have a name. */
const NAMES_ORGANISATIONS: ReadonlySet<string> = new Set(["/api/usage", "/settings/usage"]);

export function attacksSuite(backend: AccessBackend): void {
  describe(`one organisation on another on ${backend.name}`, () => {
    let rig: Rig;
    let ourTenantId: string;
    let victim: TestPerson;
    let attacker: TestPerson;
    /** At home in an organisation that looks after nobody. */
    let stranger: TestPerson;
    let strangeTenantId: string;
    before(async () => {
      rig = await openRig(backend, { hasWideLimits: true });
      await markSetUp(rig.control);
      // The attacker is at home in the first organisation: nobody can do more than that.
      attacker = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      strangeTenantId = randomUUIDv7();
      await rig.control.query("insert into tenants (id, name) values ($1, 'Strange')", [strangeTenantId]);
      stranger = await addPerson(rig.control, strangeTenantId, "SUPER_ADMIN");
      ourTenantId = randomUUIDv7();
      await rig.control.query("insert into tenants (id, name) values ($1, $2)", [
        ourTenantId,
        `${MARKER} Ltd`,
      ]);
      await rig.control.query("insert into projects (id, tenant_id, name) values ($1, $2, $3)", [
        PROJECT,
        ourTenantId,
        `${MARKER} shop`,
      ]);
      victim = await addPerson(rig.control, ourTenantId, "SUPER_ADMIN");
      await addPerson(rig.control, ourTenantId, "SUPER_ADMIN");
      await rig.control.query("update users set name = $2 where id = $1", [victim.userId, `${MARKER} Ada`]);
    });
    after(() => rig.close());

    const as = async (person: TestPerson) => ({ cookie: await cookieOf(rig.access, person.userId) });

    /** All that is stored of the attacked organisation, but for its audit log. */
    async function everythingOfOurs(): Promise<unknown> {
      const rows: Record<string, unknown> = {};
      const tables = await rig.control.query<{ name: string }>(
        `select table_name as name from information_schema.columns c join information_schema.tables t using (table_name)
         where c.table_schema = 'public' and column_name = 'tenant_id' and table_type = 'BASE TABLE'
           and table_name <> 'audit_log' order by 1`,
      );
      for (const { name } of tables)
        rows[name] = await rig.control.query(`select * from ${name} where tenant_id = $1 order by 1, 2, 3`, [
          ourTenantId,
        ]);
      rows.tenants = await rig.control.query("select * from tenants where id = $1", [ourTenantId]);
      rows.sessions = await rig.control.query("select id from sessions where user_id = $1 order by id", [
        victim.userId,
      ]);
      return rows;
    }

    test("its ids in every parameter and body of every route change nothing and show nothing", async () => {
      const ours = await as(victim);
      const post = async (url: string, payload: object) => {
        const answer = await fromElsewhere(rig.app, { method: "POST", url, headers: ours, payload });
        assert.equal(answer.statusCode, 200, answer.body);
        return answer;
      };
      const name = `${MARKER} key`;
      const kind = "server";
      const ingestKey = createdKey.parse(
        (await post("/api/ingest-keys", { name, projectId: PROJECT, kind })).json(),
      );
      const apiKey = createdKey.parse(
        (await post("/api/api-keys", { name, scopes: ["telemetry:read"] })).json(),
      );
      const email = `${MARKER.toLowerCase()}@example.com`;
      const link = secretLink.parse((await post("/api/invitations", { email, role: "VIEWER" })).json());
      const [invitation] = await rig.control.query<{ id: string }>(
        "select id from invitations where email = $1",
        [email],
      );
      const [session] = await rig.control.query<{ id: string }>(
        "select id from sessions where user_id = $1",
        [victim.userId],
      );
      assert.ok(invitation !== undefined && session !== undefined && link.url.includes("#"));
      const providerId = randomUUIDv7();
      await rig.control.query(
        `insert into sso_providers (id, tenant_id, name, issuer, client_id, scopes, default_role)
         values ($1, $2, $3, 'https://login.example', 'c', '{openid}', 'VIEWER')`,
        [providerId, ourTenantId, `${MARKER} login`],
      );
      const budgetId = randomUUIDv7();
      await rig.control.query(
        `insert into budgets (id, tenant_id, project_id, page, metric, target, note) values ($1, $2, $3, '*', 'LCP', 2000, $4)`,
        [budgetId, ourTenantId, PROJECT, MARKER],
      );
      const deploymentId = `${MARKER}-7`;
      await rig.control.query(
        `insert into deployments (tenant_id, project_id, id, service, release, has_start, status, started_at, finished_at)
         values ($1, $2, $3, $4, '1', true, 'succeeded', now(), now())`,
        [ourTenantId, PROJECT, deploymentId, MARKER],
      );
      const before_ = await everythingOfOurs();

      const idsOf = (url: string): Record<string, string> => ({
        userId: victim.userId,
        sessionId: session.id,
        tenantId: ourTenantId,
        projectId: PROJECT,
        service: PROJECT,
        traceId: randomBytes(16).toString("hex"),
        hash: randomBytes(8).toString("hex"),
        fingerprint: String(randomBytes(8).readBigUInt64LE()),
        id: url.includes("budgets")
          ? budgetId
          : url.includes("deployments")
            ? deploymentId
            : url.includes("ingest-keys")
              ? ingestKey.id
              : url.includes("api-keys")
                ? apiKey.id
                : url.includes("sso-providers")
                  ? providerId
                  : invitation.id,
      });
      // Whatever a route reads of it, it is about the other organisation.
      const payload = {
        tenantId: ourTenantId,
        // Of a project to be made: with the very same id it would be the attacker's own from then on.
        id: `${PROJECT}-copy`,
        projectId: PROJECT,
        projectIds: [PROJECT],
        userId: victim.userId,
        name: "taken over",
        why: "to take it over",
        role: "VIEWER",
        kind: "server",
        scopes: ["telemetry:read"],
        overlapHours: 0,
        deletePerson: true,
        email: "attacker@example.com",
        issuer: "https://evil.example",
        clientId: "taken over",
      };
      let tried = 0;
      const keyOf = async (person: TestPerson, isFirst: boolean): Promise<Record<string, string>> => {
        const made = await fromElsewhere(rig.app, {
          method: "POST",
          url: "/api/api-keys",
          headers: await as(person),
          payload: {
            name: "all",
            scopes: Object.keys(ACTIONS)
              .filter(isScope)
              .filter((scope) => isFirst || !ACTIONS[scope].isInstallation),
          },
        });
        return { authorization: `Bearer ${createdKey.parse(made.json()).key}` };
      };
      const attackers: { isFirst: boolean; headers(): Promise<Record<string, string>> }[] = [
        { isFirst: true, headers: () => as(attacker) },
        { isFirst: false, headers: () => as(stranger) },
      ];
      for (const role of ["VIEWER", "ADMIN"] as const) {
        const person = await addPerson(rig.control, strangeTenantId, role);
        attackers.push({ isFirst: false, headers: () => as(person) });
      }
      for (const person of [attacker, stranger]) {
        const isFirst = person === attacker;
        const headers = await keyOf(person, isFirst);
        attackers.push({ isFirst, headers: async () => headers });
      }
      for (const { isFirst, headers } of attackers) {
        for (const { method, url } of rig.access.routes) {
          const isOfParams = url.includes(":");
          // Streams and what takes telemetry: walk.ts and walkIngest.ts.
          if (url.includes("/stream") || url.startsWith("/v1/") || method === "HEAD") continue;
          // Its own sessions, organisation and second factor are the attacker's to change.
          if (!isOfParams && method === "DELETE") continue;
          const query =
            method === "GET" ? `?project=${PROJECT}&tenantId=${ourTenantId}&actorId=${victim.userId}` : "";
          const answer = await fromElsewhere(rig.app, {
            method: method as "GET",
            url:
              url.replaceAll(/:(\w+)/g, (_all, param: string) => {
                const value = idsOf(url)[param];
                assert.ok(value !== undefined, `no id for :${param} of ${url}`);
                return value;
              }) + query,
            headers: await headers(),
            ...(method === "GET" ? {} : { payload: url === "/api/tenant" ? {} : payload }),
          });
          tried += 1;
          const isNamed = isFirst && NAMES_ORGANISATIONS.has(url);
          const told = isNamed ? answer.body.replaceAll(`${MARKER} Ltd`, "") : answer.body;
          assert.ok(!told.includes(MARKER), `${method} ${url} tells: ${answer.body.slice(0, 300)}`);
          assert.notEqual(answer.statusCode, 500, `${method} ${url}`);
          if (isOfParams && url.startsWith("/api/"))
            assert.ok(
              [400, 403, 404].includes(answer.statusCode),
              `${method} ${url} answered ${answer.statusCode}`,
            );
        }
      }
      assert.ok(tried > 600, String(tried));
      assert.deepEqual(await everythingOfOurs(), before_);
    });

    test("a header or cookie that names the other organisation does not lead there", async () => {
      const { cookie } = await as(attacker);
      const byHeader = await fromElsewhere(rig.app, {
        url: "/api/tenant",
        headers: { cookie, "x-throughline-tenant": ourTenantId },
      });
      assert.equal(byHeader.statusCode, 404);
      assert.equal(problem.parse(byHeader.json()).code, "unknown_organisation");
      const byCookie = await fromElsewhere(rig.app, {
        url: "/api/tenant",
        headers: { cookie: `${cookie}; tl_tenant=${ourTenantId}` },
      });
      assert.equal(byCookie.json().id, rig.tenantId, "the cookie is only a preference");
      const chosen = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/me/tenant",
        headers: { cookie },
        payload: { tenantId: ourTenantId },
      });
      assert.equal(chosen.statusCode, 404);
    });

    test("telemetry of one organisation is not to be seen by the other, by person or by key", async () => {
      const sent = await rig.engines.ingest.accept({
        sender: { tenantId: ourTenantId, projectId: PROJECT, keyId: "k" },
        signal: "logs",
        encoding: "json",
        compression: "identity",
        body: Buffer.from(
          JSON.stringify({
            resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: `${MARKER} secret` } }] }] }],
          }),
        ),
        receivedAtMs: Date.now(),
      });
      assert.ok(sent !== null);
      const tail = async (person: TestPerson, query: string) =>
        await fromElsewhere(rig.app, { url: `/api/tail?kind=log${query}`, headers: await as(person) });
      let ours = await tail(victim, `&project=${PROJECT}`);
      for (let tries = 0; tries < 50 && !ours.body.includes(`${MARKER} secret`); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        ours = await tail(victim, `&project=${PROJECT}`);
      }
      assert.ok(ours.body.includes(`${MARKER} secret`), "its own members see it");
      for (const query of ["", `&project=${PROJECT}`, "&project=default"])
        assert.ok(!(await tail(attacker, query)).body.includes(MARKER), query);
    });

    test("a viewer of some projects sees those and no others, and a key of theirs no more", async () => {
      await rig.control.query("insert into projects (id, tenant_id, name) values ('other', $1, 'Other')", [
        ourTenantId,
      ]);
      const viewer = await addPerson(rig.control, ourTenantId, "VIEWER", { projectIds: ["other"] });
      const headers = await as(viewer);
      const list = await fromElsewhere(rig.app, { url: "/api/projects", headers });
      assert.deepEqual(
        list.json().projects.map(({ id }: { id: string }) => id),
        ["other"],
      );
      for (const url of [`/api/overview?project=${PROJECT}`, `/api/tail?project=${PROJECT}`]) {
        const answer = await fromElsewhere(rig.app, { url, headers });
        assert.equal(answer.statusCode, 404, url);
        assert.ok(!answer.body.includes(MARKER), url);
      }
      const page = await fromElsewhere(rig.app, {
        url: `/?project=${PROJECT}`,
        headers: { ...headers, accept: "text/html" },
      });
      assert.equal(page.statusCode, 404);
      // Their own organisation's name is theirs to see.
      for (const hidden of ["shop", "secret"])
        assert.ok(!page.body.includes(`${MARKER} ${hidden}`), "a page shows what its reader may see");
      const stream = await fromElsewhere(rig.app, {
        url: `/api/admin/dashboard/stream?topics=tail&project=${PROJECT}`,
        headers,
      });
      assert.equal(stream.statusCode, 404);
      const nothing = await addPerson(rig.control, ourTenantId, "VIEWER", { projectIds: [] });
      const seen = await fromElsewhere(rig.app, { url: "/api/projects", headers: await as(nothing) });
      assert.deepEqual(seen.json(), { projects: [] }, "no grant is none, not all");
    });

    test("the audit log can't be changed, by a tenant or by the owner of the tables", async () => {
      await fromElsewhere(rig.app, {
        method: "PATCH",
        url: "/api/tenant",
        headers: await as(victim),
        payload: { name: `${MARKER} Ltd` },
      });
      const statements = [
        "update audit_log set why = 'forged'",
        "update audit_log set actor_id = null where result = 'done'",
        "delete from audit_log",
        "truncate audit_log",
        "truncate audit_log cascade",
      ];
      const refused = (error: unknown) =>
        error instanceof ControlError && ["42501", "0A000"].includes(error.sqlState ?? "");
      for (const statement of statements) {
        await assert.rejects(rig.control.query(statement), refused, `owner: ${statement}`);
        await assert.rejects(
          rig.control.asTenant(ourTenantId, (tx) => tx.query(statement)),
          refused,
          `tenant: ${statement}`,
        );
      }
      await assert.rejects(
        rig.control.asTenant(ourTenantId, (tx) =>
          tx.query(
            `insert into audit_log (id, tenant_id, actor_kind, action, result)
             values (gen_random_uuid(), $1, 'system', 'forged', 'done')`,
            [rig.tenantId],
          ),
        ),
        refused,
        "nor can a tenant write into another's",
      );
      const page = auditPage.parse(
        (
          await fromElsewhere(rig.app, { url: "/api/audit?action=tenant.rename", headers: await as(victim) })
        ).json(),
      );
      assert.equal(page.entries[0]?.actor.id, victim.userId);
      assert.equal(page.entries[0]?.result, "done");
    });

    test("tables of people and sessions are closed to a tenant's role", async () => {
      for (const table of [
        "users",
        "sessions",
        "accounts",
        "verifications",
        "two_factors",
        "passkeys",
        "settings",
      ])
        await assert.rejects(
          rig.control.asTenant(rig.tenantId, (tx) => tx.query(`select * from ${table}`)),
          (error: unknown) => error instanceof ControlError && error.sqlState === "42501",
          table,
        );
      const people = await rig.control.asTenant(rig.tenantId, (tx) =>
        tx.query<{ id: string }>("select id from people"),
      );
      assert.ok(!people.some(({ id }) => id === victim.userId));
    });
  });
}
