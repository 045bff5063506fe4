/** Members, keys and organisations through their lives; what is taken away is gone within five seconds everywhere. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import {
  account,
  apiKeyList,
  auditPage,
  createdKey,
  ingestKeyList,
  invitationView,
  madeTenant,
  memberList,
  problem,
  roleTable,
  secretLink,
  sessionList,
  sessionState,
  setupState,
  tenant,
} from "@throughline/contract";
import type { FastifyInstance } from "fastify";
import { addPerson, cookieOf, fromElsewhere, type Instance, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { untilRefused } from "./tools.ts";

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export function lifeSuite(backend: AccessBackend): void {
  describe(`members, keys and organisations on ${backend.name}`, () => {
    let rig: Rig;
    let second: Instance;
    let owner: TestPerson;
    before(async () => {
      rig = await openRig(backend);
      await markSetUp(rig.control);
      second = await rig.openSecond();
      owner = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
    });
    after(async () => {
      await second.close();
      await rig.close();
    });

    const codeOf = (answer: { json(): unknown }) => problem.parse(answer.json()).code;
    const as = async (person: TestPerson) => ({ cookie: await cookieOf(rig.access, person.userId) });
    const ask = async (person: TestPerson, method: Method, url: string, payload?: object) =>
      await fromElsewhere(rig.app, {
        method,
        url,
        headers: await as(person),
        ...(payload === undefined ? {} : { payload }),
      });
    const done = async (person: TestPerson, method: Method, url: string, payload?: object) => {
      const answer = await ask(person, method, url, payload);
      assert.equal(answer.statusCode, 200, `${method} ${url}: ${answer.body}`);
      return answer;
    };
    const auditOf = async (action: string) =>
      auditPage.parse((await ask(owner, "GET", `/api/audit?action=${action}`)).json()).entries;
    const statusOn = async (app: FastifyInstance, headers: Record<string, string>, url = "/api/projects") =>
      (await fromElsewhere(app, { url, headers })).statusCode;

    /** Measures how long an instance that was not told goes on. */
    async function goneWithin(
      app: FastifyInstance,
      headers: Record<string, string>,
      status: number,
      url?: string,
    ) {
      await untilRefused(async () => (await statusOn(app, headers, url)) === status);
    }

    test("an invitation by link makes a member once", async () => {
      const email = "grace@example.com";
      const invite = await done(owner, "POST", "/api/invitations", {
        email,
        role: "VIEWER",
        projectIds: ["default"],
      });
      const { url } = secretLink.parse(invite.json());
      const token = new URL(url).hash.slice(1);
      const post = (path: string, payload: object) =>
        fromElsewhere(rig.app, { method: "POST", url: `/api/invitations/${path}`, payload });
      const view = invitationView.parse((await post("look", { token })).json());
      assert.deepEqual([view.email, view.role, view.hasAccount], [email, "VIEWER", false]);
      assert.equal(codeOf(await post("accept", { token })), "invalid_input");
      const person = { token, name: "Grace", password: "another long password", role: "SUPER_ADMIN" };
      const accepted = await post("accept", person);
      assert.equal(accepted.statusCode, 200, accepted.body);
      const cookies = [accepted.headers["set-cookie"] ?? []].flat().map((line) => line.split(";", 1)[0]);
      const me = await fromElsewhere(rig.app, { url: "/api/me", headers: { cookie: cookies.join("; ") } });
      const state = sessionState.parse(me.json());
      assert.deepEqual([state.person?.email, state.role, state.projectIds], [email, "VIEWER", ["default"]]);
      assert.equal(codeOf(await post("accept", person)), "link_invalid");
      assert.equal(codeOf(await post("look", { token: "x".repeat(43) })), "link_invalid");
      const [stored] = await rig.control.query<{ token_hash: Uint8Array }>(
        "select token_hash from invitations where email = $1",
        [email],
      );
      assert.ok(
        !Buffer.from(stored?.token_hash ?? [])
          .toString("latin1")
          .includes(token),
        "stored as a hash",
      );
      assert.equal((await auditOf("member.invite")).length, 1);
      const [line] = await auditOf("invitation.accept");
      assert.deepEqual([line?.result, line?.actor.name, line?.target.name], ["done", "Grace", email]);
    });

    test("a known person accepts signed in as themselves, not as somebody else", async () => {
      const { tenantId } = madeTenant.parse(
        (await done(owner, "POST", "/api/tenants", { name: "Second" })).json(),
      );
      const known = await addPerson(rig.control, rig.tenantId, "VIEWER");
      const invite = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/invitations",
        headers: { ...(await as(owner)), "x-throughline-tenant": tenantId },
        payload: { email: known.email, role: "ADMIN" },
      });
      const token = new URL(secretLink.parse(invite.json()).url).hash.slice(1);
      const other = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      assert.equal(
        codeOf(await ask(other, "POST", "/api/invitations/accept", { token })),
        "sign_in_required",
      );
      await done(known, "POST", "/api/invitations/accept", { token });
      const me = sessionState.parse((await ask(known, "GET", "/api/me")).json());
      assert.deepEqual(me.memberships.map(({ role }) => role).toSorted(), ["ADMIN", "VIEWER"]);
    });

    test("a role change and a removal reach a session that is open, within five seconds elsewhere", async () => {
      const person = await addPerson(rig.control, rig.tenantId, "ADMIN");
      const headers = await as(person);
      for (const { app } of [rig, second]) assert.equal(await statusOn(app, headers, "/api/audit"), 200);
      await done(owner, "PATCH", `/api/members/${person.userId}`, {
        role: "VIEWER",
        projectIds: ["default"],
        why: "rest",
      });
      assert.equal(await statusOn(rig.app, headers, "/api/audit"), 403, "at once where it was done");
      await goneWithin(second.app, headers, 403, "/api/audit");
      assert.equal((await auditOf("member.change"))[0]?.target.name, "A ADMIN");
      await done(owner, "DELETE", `/api/members/${person.userId}`);
      assert.equal(await statusOn(rig.app, headers), 403);
      await goneWithin(second.app, headers, 403);
      const [line] = await auditOf("member.change");
      assert.deepEqual([line?.why, line?.detail.roleBefore, line?.detail.role], ["rest", "ADMIN", "VIEWER"]);
      assert.equal(line?.target.name, "", "nobody who is gone is named");
    });

    test("the last super administrator can be neither demoted nor removed, even by two at once", async () => {
      const { tenantId } = madeTenant.parse(
        (await done(owner, "POST", "/api/tenants", { name: "Alone" })).json(),
      );
      const other = await addPerson(rig.control, tenantId, "SUPER_ADMIN");
      const demote = async (who: TestPerson, whom: TestPerson) =>
        await fromElsewhere(rig.app, {
          method: "PATCH",
          url: `/api/members/${whom.userId}`,
          headers: { ...(await as(who)), "x-throughline-tenant": tenantId },
          payload: { role: "VIEWER" },
        });
      const answers = await Promise.all([demote(owner, other), demote(other, owner)]);
      assert.equal(
        answers.filter(({ statusCode }) => statusCode === 200).length,
        1,
        answers.map(({ body }) => body).join(),
      );
      const left = await rig.control.query(
        "select from members where tenant_id = $1 and role = 'SUPER_ADMIN'",
        [tenantId],
      );
      assert.equal(left.length, 1);
    });

    test("an ingest key is shown once, rotates with overlap, and is refused soon after it was revoked", async () => {
      const made = await done(owner, "POST", "/api/ingest-keys", {
        name: "shop",
        projectId: "default",
        kind: "server",
      });
      const { id, key, prefix } = createdKey.parse(made.json());
      assert.ok(key.startsWith(prefix));
      const send = async (app: FastifyInstance, presented: string) =>
        (
          await fromElsewhere(app, {
            method: "POST",
            url: "/v1/logs",
            headers: { authorization: `Bearer ${presented}`, "content-type": "application/json" },
            payload: "{}",
          })
        ).statusCode;
      for (const { app } of [rig, second]) assert.equal(await send(app, key), 200);
      const rotated = createdKey.parse(
        (await done(owner, "POST", `/api/ingest-keys/${id}/rotate`, { overlapHours: 1 })).json(),
      );
      assert.deepEqual([await send(rig.app, key), await send(rig.app, rotated.key)], [200, 200], "both work");
      assert.equal(codeOf(await ask(owner, "POST", `/api/ingest-keys/${id}/rotate`)), "conflict");
      const list = await done(owner, "GET", "/api/ingest-keys");
      assert.ok(!list.body.includes(key) && !list.body.includes(rotated.key));
      const shown = ingestKeyList.parse(list.json()).keys;
      assert.equal(shown.find((each) => each.id === id)?.state, "expiring");
      assert.equal(shown.find((each) => each.id === rotated.id)?.replaces, id);
      await done(owner, "DELETE", `/api/ingest-keys/${id}`, { why: "leaked" });
      assert.equal(await send(rig.app, key), 401);
      await untilRefused(async () => (await send(second.app, key)) === 401);
      assert.deepEqual(
        (await auditOf("ingest-key.revoke")).map(({ why }) => why),
        ["leaked"],
      );
      assert.equal(
        codeOf(
          await ask(owner, "POST", "/api/ingest-keys", { name: "b", projectId: "default", kind: "browser" }),
        ),
        "invalid_query",
      );
    });

    test("an API key does what its scopes and its maker allow, until either ends", async () => {
      const maker = await addPerson(rig.control, rig.tenantId, "ADMIN");
      const make = (payload: object) => ask(maker, "POST", "/api/api-keys", { name: "ci", ...payload });
      assert.equal(codeOf(await make({ scopes: ["members:write"] })), "invalid_input", "no key has this");
      assert.equal(
        codeOf(await make({ scopes: ["telemetry:read"], projectIds: ["nowhere"] })),
        "invalid_input",
      );
      const { id, key } = createdKey.parse((await make({ scopes: ["telemetry:read", "audit:read"] })).json());
      const headers = { authorization: `Bearer ${key}` };
      for (const url of ["/api/projects", "/api/audit"])
        for (const { app } of [rig, second]) assert.equal(await statusOn(app, headers, url), 200, url);
      assert.equal(await statusOn(rig.app, headers, "/api/system"), 403);
      const renamed = await fromElsewhere(rig.app, {
        method: "PATCH",
        url: "/api/tenant",
        headers,
        payload: { name: "x" },
      });
      assert.equal(renamed.statusCode, 403);
      await done(owner, "PATCH", `/api/members/${maker.userId}`, { role: "VIEWER" });
      assert.equal(await statusOn(rig.app, headers, "/api/audit"), 403, "the maker may not any more");
      await goneWithin(second.app, headers, 403, "/api/audit");
      const ofOwner = apiKeyList.parse((await done(owner, "GET", "/api/api-keys")).json()).keys;
      assert.equal(ofOwner.find((each) => each.id === id)?.isYours, false);
      await done(owner, "DELETE", `/api/api-keys/${id}`);
      await goneWithin(second.app, headers, 401);
    });

    test("a live stream ends by itself when its session does", async () => {
      const person = await addPerson(rig.control, rig.tenantId, "VIEWER");
      const { cookie } = await as(person);
      await second.app.listen({ host: "127.0.0.1", port: 0 });
      const { port } = second.app.server.address() as AddressInfo;
      const stream = (topics: string, project = "default") =>
        fetch(`http://127.0.0.1:${port}/api/admin/dashboard/stream?project=${project}&topics=${topics}`, {
          headers: { cookie },
        });
      assert.equal((await stream("tail", "nowhere")).status, 404);
      const open = await stream("overview,system");
      assert.equal(open.status, 200);
      const ended = open.text();
      const sessions = await rig.control.query<{ id: string }>("select id from sessions where user_id = $1", [
        person.userId,
      ]);
      const revoke = await fromElsewhere(rig.app, {
        method: "DELETE",
        url: `/api/me/sessions/${sessions[0]?.id ?? ""}`,
        headers: { cookie },
      });
      assert.equal(revoke.statusCode, 200, revoke.body);
      // How soon is a matter of the stream's own clock and of the machine; that it ends is what a reader relies on.
      await ended;
      assert.equal((await stream("overview")).status, 401);

      const limited = await addPerson(rig.control, rig.tenantId, "VIEWER", { projectIds: ["default"] });
      const refused = await fetch(`http://127.0.0.1:${port}/api/admin/dashboard/stream?topics=system`, {
        headers: await as(limited),
      });
      assert.equal(refused.status, 403, "the topic of the installation's own health needs system:read");
    });

    test("projects and organisations are deleted with a reason and the name typed again", async () => {
      await done(owner, "POST", "/api/projects", { id: "brief", name: "Brief" });
      assert.equal(
        codeOf(await ask(owner, "POST", "/api/projects", { id: "brief", name: "Again" })),
        "already_exists",
      );
      const reading = await as(owner);
      const overview = "/api/overview?project=brief";
      for (const { app } of [rig, second]) assert.equal(await statusOn(app, reading, overview), 200);
      await done(owner, "PATCH", "/api/projects/brief", { name: "Renamed" });
      const seen = await fromElsewhere(rig.app, { url: overview, headers: reading });
      assert.equal(seen.json().project.name, "Renamed", "at once where it was done");
      const wrong = { id: "other", why: "not needed" };
      assert.equal(codeOf(await ask(owner, "DELETE", "/api/projects/brief", wrong)), "confirmation_needed");
      await done(owner, "DELETE", "/api/projects/brief", { id: "brief", why: "not needed" });
      assert.equal(await statusOn(rig.app, reading, overview), 404, "at once where it was done");
      await goneWithin(second.app, reading, 404, overview);
      assert.equal(
        codeOf(await ask(owner, "POST", "/api/projects", { id: "brief", name: "Again" })),
        "conflict",
      );
      assert.equal(
        codeOf(await ask(owner, "DELETE", "/api/projects/default", { id: "default", why: "try it" })),
        "conflict",
      );
      const { tenantId } = madeTenant.parse(
        (await done(owner, "POST", "/api/tenants", { name: "Gone" })).json(),
      );
      const headers = { ...(await as(owner)), "x-throughline-tenant": tenantId };
      const answer = await fromElsewhere(rig.app, {
        method: "DELETE",
        url: "/api/tenant",
        headers,
        payload: { name: "Gone", why: "not needed" },
      });
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(await statusOn(rig.app, headers), 404);
      for (const table of ["tenants", "members", "projects", "audit_log"]) {
        const column = table === "tenants" ? "id" : "tenant_id";
        assert.deepEqual(
          await rig.control.query(`select from ${table} where ${column} = $1`, [tenantId]),
          [],
          table,
        );
      }
    });

    test("every answer has the shape that the contract gives it", async () => {
      await done(owner, "POST", "/api/ingest-keys", { name: "shape", projectId: "default", kind: "server" });
      await done(owner, "POST", "/api/api-keys", { name: "shape", scopes: ["telemetry:read"] });
      await done(owner, "POST", "/api/invitations", { email: "shape@example.com", role: "ADMIN" });
      for (const [url, shape] of [
        ["/api/me", sessionState],
        ["/api/me/sessions", sessionList],
        ["/api/account", account],
        ["/api/roles", roleTable],
        ["/api/tenant", tenant],
        ["/api/members", memberList],
        ["/api/ingest-keys", ingestKeyList],
        ["/api/api-keys", apiKeyList],
        ["/api/audit", auditPage],
        ["/api/setup", setupState],
      ] as const) {
        const body: unknown = (await done(owner, "GET", url)).json();
        // What the schema does not know would be dropped by it: nothing may be.
        assert.deepEqual(shape.parse(body), body, url);
      }
    });

    test("the audit log is searched, and exported as CSV that no spreadsheet runs", async () => {
      await done(owner, "POST", "/api/ingest-keys", {
        name: '=cmd|"x"',
        projectId: "default",
        kind: "server",
      });
      const csv = await done(owner, "GET", "/api/audit/export?format=csv&action=ingest-key.create");
      assert.match(csv.headers["content-disposition"]?.toString() ?? "", /attachment; filename="audit.csv"/);
      assert.ok(csv.body.includes(`"'=cmd|""x"""`), csv.body);
      const json = await done(owner, "GET", "/api/audit/export?format=json&q=cmd&action=ingest-key.create");
      assert.equal(json.json<unknown[]>().length, 1);
      const refused = await addPerson(rig.control, rig.tenantId, "VIEWER");
      assert.equal((await ask(refused, "POST", "/api/invitations", {})).statusCode, 403);
      const [line] = await auditOf("request.refused");
      assert.deepEqual([line?.actor.id, line?.result], [refused.userId, "refused"]);
      const everybody = memberList.parse((await done(owner, "GET", "/api/members")).json());
      assert.ok(everybody.members.some(({ isYou }) => isYou));
    });
  });
}
