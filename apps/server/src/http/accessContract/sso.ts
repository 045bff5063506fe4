/** Single sign-on through a real OpenID Connect server: set up, signing in, roles by groups, and the end of it. */
import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { auditPage, createdKey, secretLink, ssoAnswer, ssoCheck, ssoProvider } from "@throughline/contract";
import { startOidc, type TestOidc } from "../../../../../test/harness/oidc.ts";
import { addPerson, fromElsewhere, markSetUp, type TestPerson } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import {
  arrive,
  changeProvider,
  codeOf,
  depart,
  headersOf,
  makeProvider,
  nextProvider,
  signInThrough,
  stateOf,
} from "./ssoTools.ts";
import { untilRefused } from "./tools.ts";

const BY_GROUP = [
  { group: "ops", role: "ADMIN" },
  { group: "everybody", role: "VIEWER" },
  { group: "chiefs", role: "SUPER_ADMIN" },
] as const;

export function ssoSuite(backend: AccessBackend): void {
  describe(`single sign-on on ${backend.name}`, () => {
    let rig: Rig;
    let oidc: TestOidc;
    let owner: TestPerson;
    let headers: Record<string, string>;
    /** TXT records by name. */
    const records = new Map<string, string[][]>();
    before(async () => {
      oidc = await startOidc();
      rig = await openRig(backend, {
        outgoingAllow: ["127.0.0.1"],
        resolveTxt: async (name) => records.get(name) ?? [],
      });
      await markSetUp(rig.control);
      owner = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      headers = await headersOf(rig, owner);
    });
    after(async () => {
      await rig.close();
      await oidc.close();
    });

    let people = 0;
    /** Somebody at the provider. */
    function somebody(groups: readonly string[], claims: object = {}): { name: string; email: string } {
      const name = `person${people++}`;
      const email = `${name}@corp.example`;
      oidc.people.set(name, { email, email_verified: true, name: `Person ${name}`, groups, ...claims });
      return { name, email };
    }
    const regroup = (name: string, groups: readonly string[]): void =>
      void oidc.people.set(name, { ...oidc.people.get(name), groups });
    const auditOf = async (action: string) => {
      const answer = await fromElsewhere(rig.app, { url: `/api/audit?action=${action}`, headers });
      return auditPage.parse(answer.json()).entries;
    };
    const make = (input = {}) => makeProvider(rig, oidc, headers, { roleByGroup: [...BY_GROUP], ...input });
    const ofOther = (tenantId: string) => ({ ...headers, "x-throughline-tenant": tenantId });
    async function otherTenant(): Promise<string> {
      const tenantId = randomUUIDv7();
      await rig.control.query("insert into tenants (id, name) values ($1, 'Other')", [tenantId]);
      await rig.control.query(
        "insert into members (tenant_id, user_id, role) values ($1, $2, 'SUPER_ADMIN')",
        [tenantId, owner.userId],
      );
      rig.access.principals.forget();
      return tenantId;
    }

    test("a provider is set up; its secret is sealed and in no answer", async () => {
      const provider = await make({ clientSecret: "a secret nobody sees again" });
      assert.equal(provider.hasClientSecret, true);
      assert.equal(
        provider.redirectUrl,
        `http://203.0.113.1:3300/api/sso/${provider.id}/callback`,
        "as it was said before the provider was made",
      );
      const list = await fromElsewhere(rig.app, { url: "/api/sso-providers", headers });
      const log = await fromElsewhere(rig.app, { url: "/api/audit", headers });
      for (const { body } of [list, log]) assert.ok(!body.includes("nobody sees"));
      const [stored] = await rig.control.query<{ client_secret: string }>(
        "select client_secret from sso_providers where id = $1",
        [provider.id],
      );
      assert.match(stored?.client_secret ?? "", /^v1\./);
      const renamed = await changeProvider(rig, headers, provider, { name: "Corporate login" });
      assert.equal(renamed.json().name, "Corporate login");
      const [kept] = await rig.control.query<{ client_secret: string }>(
        "select client_secret from sso_providers where id = $1",
        [provider.id],
      );
      assert.deepEqual(kept, stored, "a change without a secret keeps the secret");
      const again = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/sso-providers",
        headers,
        payload: { id: provider.id, name: "x", issuer: oidc.issuer, clientId: "x" },
      });
      assert.equal(codeOf(again), "already_exists");
      for (const wrong of [
        { issuer: "ftp://x.example" },
        { issuer: "javascript:alert(1)" },
        { emailDomains: ["*"] },
      ])
        assert.equal(codeOf(await changeProvider(rig, headers, provider, wrong)), "invalid_query");
      assert.deepEqual((await auditOf("sso.create")).map(({ result }) => result).toSorted(), [
        "done",
        "refused",
      ]);
    });

    test("its secret is replaced, or removed for a public client that signs in with PKCE alone", async () => {
      const { id, redirectUrl } = await nextProvider(rig, headers);
      const client = await oidc.register(redirectUrl, "none");
      const provider = await make({ id, clientId: client.clientId, clientSecret: "of another client" });
      const refused = await signInThrough(rig.app, oidc, provider, somebody(["ops"]).name);
      assert.equal(refused.session, null, "a public client that sends a secret is refused by the provider");
      const change = async (clientSecret?: string | null) => {
        const answer = await changeProvider(rig, headers, provider, {
          clientId: client.clientId,
          ...(clientSecret === undefined ? {} : { clientSecret }),
        });
        assert.equal(answer.statusCode, 200, answer.body);
        return ssoProvider.parse(answer.json()).hasClientSecret;
      };
      assert.deepEqual(
        [await change(), await change("another one"), await change(null), await change()],
        [true, true, false, false],
      );
      const { name, email } = somebody(["ops"]);
      const { session, refusal } = await signInThrough(rig.app, oidc, provider, name);
      assert.ok(session !== null, refusal ?? "");
      assert.equal((await stateOf(rig.app, session)).person?.email, email);
      const fates = (await auditOf("sso.change"))
        .filter(({ target }) => target.id === provider.id)
        .map(({ detail }) => detail.clientSecret);
      assert.deepEqual(fates, ["kept", "removed", "replaced", "kept"]);
    });

    test("another issuer is not sent the secret of the one before", async () => {
      const provider = await make();
      const elsewhere = { issuer: "https://thief.example" };
      const refused = await changeProvider(rig, headers, provider, elsewhere);
      assert.equal(codeOf(refused), "invalid_input");
      const [stored] = await rig.control.query<{ issuer: string }>(
        "select issuer from sso_providers where id = $1",
        [provider.id],
      );
      assert.equal(stored?.issuer, oidc.issuer);
      const entered = await changeProvider(rig, headers, provider, { ...elsewhere, clientSecret: "theirs" });
      assert.equal(entered.statusCode, 200, entered.body);
    });

    test("the check says what the provider's description says", async () => {
      const check = async (provider: { id: string }) => {
        const url = `/api/sso-providers/${provider.id}/check`;
        const answer = await fromElsewhere(rig.app, { method: "POST", url, headers });
        assert.equal(answer.statusCode, 200, answer.body);
        return ssoCheck.parse(answer.json());
      };
      const good = await check(await make());
      assert.equal(good.isUsable, true, JSON.stringify(good));
      assert.match(
        good.findings.map(({ text }) => text).join("\n"),
        /describes itself[\s\S]*publishes 1 key/,
      );
      const scoped = await check(await make({ scopes: ["openid", "groups"] }));
      assert.match(JSON.stringify(scoped.findings), /does not list the scope groups/);
      const nobody = await check(await make({ issuer: `${oidc.issuer}/nothing` }));
      assert.equal(nobody.isUsable, false);
      const inside = await check(await make({ issuer: "https://169.254.169.254" }));
      assert.match(inside.findings[0]?.text ?? "", /169\.254\.169\.254 is .* THROUGHLINE_OUTGOING_ALLOW/);
      const plain = await check(await make({ issuer: "http://login.example" }));
      assert.match(plain.findings[0]?.text ?? "", /use https/);
    });

    test("somebody new signs in, is a member by their groups, and returns to where they wanted to go", async () => {
      const provider = await make();
      const { name, email } = somebody(["everybody", "ops", "unknown"]);
      const arrived = await signInThrough(rig.app, oidc, provider, name, "/traces?range=7d");
      assert.deepEqual([arrived.location, arrived.refusal], ["/traces?range=7d", null]);
      const state = await stateOf(rig.app, arrived.session);
      assert.deepEqual(
        [state.person?.email, state.person?.isSingleSignOn, state.role, state.memberships.length],
        [email, true, "ADMIN", 1],
      );
      const cookie = arrived.session ?? "";
      for (const [method, url, payload] of [
        ["PATCH", "/api/account", { name: "x" }],
        ["DELETE", "/api/account", { email }],
      ] as const)
        assert.equal(
          codeOf(await fromElsewhere(rig.app, { method, url, headers: { cookie }, payload })),
          "forbidden",
          url,
        );
      const [line] = await auditOf("session.sign-in");
      assert.deepEqual(
        [line?.actor.email, line?.detail.isFirstSignIn, line?.detail.role, line?.target.kind],
        [email, true, "ADMIN", "person"],
      );
      const again = await signInThrough(rig.app, oidc, provider, name);
      assert.equal(again.location, "/");
      assert.equal((await stateOf(rig.app, again.session)).person?.userId, state.person?.userId);
    });

    test("cookies of a sign-in are for this server only, and short", async () => {
      const provider = await make();
      const started = await fromElsewhere(rig.app, { url: `/api/sso/${provider.id}/start` });
      const set = String(started.headers["set-cookie"]);
      assert.match(set, /^tl_sso_flow=v1\.[^;]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/);
      const asked = new URL(String(started.headers.location)).searchParams;
      assert.equal(asked.get("code_challenge_method"), "S256");
      for (const secret of ["state", "nonce"])
        assert.ok(!set.includes(asked.get(secret) ?? "?"), `the ${secret} can't be read from the cookie`);
      assert.equal(started.headers["cache-control"], "no-store");
    });

    test("the role follows the groups at each sign-in; without one they are out, and back in with one", async () => {
      const provider = await make();
      const { name } = somebody(["ops"]);
      const first = await signInThrough(rig.app, oidc, provider, name);
      const { person } = await stateOf(rig.app, first.session);
      const made = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/api-keys",
        headers: { cookie: first.session ?? "" },
        payload: { name: "k", scopes: ["telemetry:read"] },
      });
      const { key } = createdKey.parse(made.json());
      const byKey = async () =>
        (await fromElsewhere(rig.app, { url: "/api/projects", headers: { authorization: `Bearer ${key}` } }))
          .statusCode;
      assert.equal(await byKey(), 200);
      regroup(name, ["everybody"]);
      const second = await signInThrough(rig.app, oidc, provider, name);
      assert.equal((await stateOf(rig.app, second.session)).role, "VIEWER");
      assert.equal((await stateOf(rig.app, first.session)).role, "VIEWER", "in the session before too");
      regroup(name, ["strangers"]);
      const third = await signInThrough(rig.app, oidc, provider, name, "/traces");
      assert.equal(third.location, "/sign-in?sso=refused&next=%2Ftraces");
      assert.match(third.refusal ?? "", /None of your groups has a role here/);
      assert.equal(third.session, null);
      for (const { session } of [first, second])
        assert.equal((await stateOf(rig.app, session)).person, null, "what was open has ended");
      assert.notEqual(await byKey(), 200, "and their keys do nothing");
      const members = await fromElsewhere(rig.app, { url: "/api/members", headers });
      assert.ok(!members.body.includes(person?.userId ?? "?"));
      assert.equal((await auditOf("sso.no-role"))[0]?.detail.roleBefore, "VIEWER");
      regroup(name, ["ops"]);
      const fourth = await signInThrough(rig.app, oidc, provider, name);
      assert.deepEqual(
        [
          (await stateOf(rig.app, fourth.session)).role,
          (await stateOf(rig.app, fourth.session)).person?.userId,
        ],
        ["ADMIN", person?.userId],
      );
    });

    test("whoever is in no mapped group has the default role, or none", async () => {
      const { name } = somebody([]);
      const open = await make({ defaultRole: "VIEWER" });
      assert.equal(
        (await stateOf(rig.app, (await signInThrough(rig.app, oidc, open, name)).session)).role,
        "VIEWER",
      );
      const strict = await make();
      assert.match((await signInThrough(rig.app, oidc, strict, name)).refusal ?? "", /None of your groups/);
    });

    test("whoever was removed here does not come back by the provider alone, but by an invitation", async () => {
      const provider = await make();
      const { name, email } = somebody(["ops"]);
      const { session } = await signInThrough(rig.app, oidc, provider, name);
      const { person } = await stateOf(rig.app, session);
      const removed = await fromElsewhere(rig.app, {
        method: "DELETE",
        url: `/api/members/${person?.userId}`,
        headers,
      });
      assert.equal(removed.statusCode, 200);
      assert.equal((await stateOf(rig.app, session)).permissions.length, 0, "at once");
      const refused = await signInThrough(rig.app, oidc, provider, name);
      assert.equal(refused.session, null);
      assert.match(refused.refusal ?? "", /removed from this organisation/);
      const invited = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/invitations",
        headers,
        payload: { email, role: "VIEWER" },
      });
      const token = new URL(secretLink.parse(invited.json()).url).hash.slice(1);
      const back = await signInThrough(rig.app, oidc, provider, name);
      assert.equal((await stateOf(rig.app, back.session)).role, "ADMIN", "the role is the groups'");
      const look = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/invitations/look",
        payload: { token },
      });
      assert.equal(codeOf(look), "link_invalid", "the invitation is used up");
    });

    test("a member with a password is recognised by a verified address, and by that only", async () => {
      const provider = await make();
      for (const [verified, isLinked] of [
        [true, true],
        [false, false],
        [undefined, false],
        ["true", false],
      ] as const) {
        const member = await addPerson(rig.control, rig.tenantId, "VIEWER");
        const { name } = somebody(["ops"], { email: member.email, email_verified: verified });
        const arrived = await signInThrough(rig.app, oidc, provider, name);
        assert.equal(arrived.session !== null, isLinked, `${String(verified)}: ${arrived.refusal}`);
        if (isLinked) assert.equal((await stateOf(rig.app, arrived.session)).person?.userId, member.userId);
        else assert.match(arrived.refusal ?? "", /verified/);
      }
      const unsaid = somebody(["ops"], { email_verified: undefined });
      assert.ok(
        (await signInThrough(rig.app, oidc, provider, unsaid.name)).session,
        "nobody to be mistaken for",
      );
      const without = somebody(["ops"], { email: undefined });
      assert.match(
        (await signInThrough(rig.app, oidc, provider, without.name)).refusal ?? "",
        /no e-mail address/,
      );
    });

    test("the last super administrator stays one, whatever the groups say", async () => {
      const tenantId = await otherTenant();
      records.set("_throughline.chiefs.example", [[`throughline-organisation=${tenantId}`]]);
      const theirs = ofOther(tenantId);
      const input = { roleByGroup: [...BY_GROUP], emailDomains: ["chiefs.example"] };
      const provider = await makeProvider(rig, oidc, theirs, input);
      const { name } = somebody(["chiefs"], { email: "chief@chiefs.example" });
      const first = await stateOf(rig.app, (await signInThrough(rig.app, oidc, provider, name)).session);
      await rig.control.query("delete from members where tenant_id = $1 and user_id = $2", [
        tenantId,
        owner.userId,
      ]);
      regroup(name, ["everybody"]);
      const second = await stateOf(rig.app, (await signInThrough(rig.app, oidc, provider, name)).session);
      assert.deepEqual([first.role, second.role], ["SUPER_ADMIN", "SUPER_ADMIN"]);
      regroup(name, []);
      assert.equal((await signInThrough(rig.app, oidc, provider, name)).session, null);
      const left = await rig.control.query("select from members where tenant_id = $1", [tenantId]);
      assert.equal(left.length, 1, "but the sign-in is refused");
      records.clear();
    });

    test("a session through one organisation's provider shows nothing of the person's others", async () => {
      const tenantId = await otherTenant();
      const member = await addPerson(rig.control, tenantId, "SUPER_ADMIN");
      await rig.control.query("insert into members (tenant_id, user_id, role) values ($1, $2, 'VIEWER')", [
        rig.tenantId,
        member.userId,
      ]);
      const provider = await make();
      const { name } = somebody(["everybody"], { email: member.email });
      const { session } = await signInThrough(rig.app, oidc, provider, name);
      const state = await stateOf(rig.app, session);
      assert.deepEqual(
        state.memberships.map((each) => each.tenantId),
        [rig.tenantId],
      );
      const cookie = session ?? "";
      const byHeader = await fromElsewhere(rig.app, {
        url: "/api/tenant",
        headers: { cookie, "x-throughline-tenant": tenantId },
      });
      assert.equal(codeOf(byHeader), "unknown_organisation");
      const byCookie = await fromElsewhere(rig.app, {
        url: "/api/tenant",
        headers: { cookie: `${cookie}; tl_tenant=${tenantId}` },
      });
      assert.equal(byCookie.json().id, rig.tenantId);
    });

    test("another organisation proves its mail domains, and speaks for nobody else's people", async () => {
      const tenantId = await otherTenant();
      const theirs = ofOther(tenantId);
      const input = { roleByGroup: [...BY_GROUP] };
      const plain = await makeProvider(rig, oidc, theirs, input);
      const { name, email } = somebody(["ops"]);
      const find = async (address: string) => {
        const payload = { email: address };
        const answer = await fromElsewhere(rig.app, { method: "POST", url: "/api/sso/find", payload });
        return ssoAnswer.parse(answer.json()).providers.map(({ id }) => id);
      };
      assert.match(
        (await signInThrough(rig.app, oidc, plain, name)).refusal ?? "",
        /none of the mail domains/,
      );
      // Nor for somebody who is here already.
      const member = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const double = somebody(["ops"], { email: member.email });
      assert.equal((await signInThrough(rig.app, oidc, plain, double.name)).session, null);
      const joined = await rig.control.query("select from members where tenant_id = $1 and user_id = $2", [
        tenantId,
        member.userId,
      ]);
      assert.equal(joined.length, 0);

      const claim = { emailDomains: ["corp.example"] };
      const unproved = await changeProvider(rig, theirs, plain, claim);
      assert.equal(codeOf(unproved), "invalid_input");
      assert.ok(unproved.body.includes(`throughline-organisation=${tenantId}`), unproved.body);
      for (const record of [
        `throughline-organisation=${rig.tenantId}`,
        `x throughline-organisation=${tenantId}`,
      ]) {
        records.set("_throughline.corp.example", [[record]]);
        assert.equal(codeOf(await changeProvider(rig, theirs, plain, claim)), "invalid_input");
      }
      assert.deepEqual(await find(email), []);
      records.set("_throughline.corp.example", [["other"], ["throughline-", `organisation=${tenantId}`]]);
      assert.equal((await changeProvider(rig, theirs, plain, claim)).statusCode, 200);
      records.clear();
      assert.deepEqual(await find(email), [plain.id]);
      assert.deepEqual(
        await find("NOBODY@CORP.example"),
        [plain.id],
        "whether there is an account is not told",
      );
      assert.deepEqual(await find("somebody@sub.corp.example"), []);
      assert.equal(
        (await changeProvider(rig, theirs, { ...plain, ...claim }, { name: "Renamed" })).statusCode,
        200,
        "what was proved stays proved",
      );
      assert.ok((await signInThrough(rig.app, oidc, plain, name)).session);
      const off = await changeProvider(rig, theirs, { ...plain, ...claim }, { isEnabled: false });
      assert.equal(off.statusCode, 200);
      assert.deepEqual(await find(email), []);
    });

    test("switching a provider off, or deleting it, ends its sessions within five seconds everywhere", async () => {
      const second = await rig.openSecond();
      try {
        for (const end of ["disable", "delete", "other issuer"] as const) {
          const provider = await make();
          const { name, email } = somebody(["ops"]);
          const { session } = await signInThrough(rig.app, oidc, provider, name);
          for (const { app } of [rig, second])
            assert.equal((await stateOf(app, session)).person?.email, email);
          const url = `/api/sso-providers/${provider.id}`;
          const changed =
            end === "delete"
              ? await fromElsewhere(rig.app, { method: "DELETE", url, headers, payload: { why: "moved" } })
              : await changeProvider(
                  rig,
                  headers,
                  provider,
                  end === "disable"
                    ? { isEnabled: false }
                    : { issuer: "https://other.example", clientSecret: null },
                );
          assert.equal(changed.statusCode, 200, changed.body);
          assert.equal((await stateOf(rig.app, session)).person, null, `${end}: at once where it was done`);
          await untilRefused(async () => (await stateOf(second.app, session)).person === null);
          if (end !== "disable") continue;
          const refused = await arrive(rig.app, `/api/sso/${provider.id}/start`);
          assert.match(refused.refusal ?? "", /switched off/);
          await changeProvider(rig, headers, provider, { isEnabled: true });
          assert.equal(
            (await stateOf(rig.app, session)).person,
            null,
            "switching it on brings no session back",
          );
        }
      } finally {
        await second.close();
      }
      assert.deepEqual(
        (await auditOf("sso.delete")).map(({ why }) => why),
        ["moved"],
      );
    });

    test("a sign-in that is under way does not end in a provider that was switched off meanwhile", async () => {
      const provider = await make();
      const { name } = somebody(["ops"]);
      const { url, flow } = await depart(rig.app, provider);
      const back = await oidc.signIn(url.href, name);
      await changeProvider(rig, headers, provider, { isEnabled: false });
      const arrived = await arrive(rig.app, back, flow);
      assert.deepEqual([arrived.session, /switched off/.test(arrived.refusal ?? "")], [null, true]);
    });

    test("two first sign-ins at the same moment make one person", async () => {
      const provider = await make();
      const { name, email } = somebody(["ops"]);
      const arrivals = await Promise.all([1, 2, 3].map(() => signInThrough(rig.app, oidc, provider, name)));
      for (const { session, refusal } of arrivals) assert.ok(session !== null, refusal ?? "");
      assert.equal((await rig.control.query("select from users where email = $1", [email])).length, 1);
    });

    test("whom the provider refuses, or whom nothing is known of, reads why on the sign-in page", async () => {
      const provider = await make();
      const denied = await signInThrough(rig.app, oidc, provider, "unknown to the provider", "/services");
      assert.equal(denied.location, "/sign-in?sso=refused&next=%2Fservices");
      assert.match(denied.refusal ?? "", /refused the sign-in \(access_denied\)/);
      const { id } = await nextProvider(rig, headers);
      assert.match((await arrive(rig.app, `/api/sso/${id}/start`)).refusal ?? "", /no such sign-on provider/);
      const wrongSecret = await make({ clientSecret: "not the secret" });
      const { name } = somebody(["ops"]);
      const refused = await signInThrough(rig.app, oidc, wrongSecret, name);
      assert.match(refused.refusal ?? "", /refused this client/);
      const [line] = await auditOf("session.sign-in");
      assert.deepEqual([line?.result, line?.target.id], ["refused", wrongSecret.id]);
    });
  });
}
