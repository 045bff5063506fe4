/** Single sign-on under attack: by whoever has a link, by another provider, and by the provider itself. */
import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import type { SsoProvider } from "@throughline/contract";
import { type HostileOidc, startHostileOidc, TOKENS } from "../../../../../test/harness/hostileOidc.ts";
import { startOidc, type TestOidc } from "../../../../../test/harness/oidc.ts";
import { createSecretBox } from "../../access/secrets.ts";
import { addPerson, fromElsewhere, markSetUp } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import {
  type Arrival,
  arrive,
  BROWSER,
  codeOf,
  depart,
  headersOf,
  makeProvider,
  stateOf,
} from "./ssoTools.ts";

const CLIENT_ID = "client";

export function ssoAttacksSuite(backend: AccessBackend): void {
  describe(`attacks on single sign-on on ${backend.name}`, () => {
    let rig: Rig;
    let oidc: TestOidc;
    let hostile: HostileOidc;
    let nonce = "";
    let provider: SsoProvider;
    let other: SsoProvider;
    let evil: SsoProvider;
    let headers: Record<string, string>;
    before(async () => {
      [oidc, hostile] = await Promise.all([startOidc(), startHostileOidc(CLIENT_ID, () => nonce)]);
      rig = await openRig(backend, { outgoingAllow: ["127.0.0.1"] });
      await markSetUp(rig.control);
      headers = await headersOf(rig, await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN"));
      const roleByGroup = [{ group: "ops", role: "ADMIN" as const }];
      provider = await makeProvider(rig, oidc, headers, { roleByGroup });
      other = await makeProvider(rig, oidc, headers, { roleByGroup });
      evil = await makeProvider(rig, hostile, headers, { roleByGroup, clientSecret: "s" });
      const person = { email_verified: true, groups: ["ops"] };
      oidc.people.set("ada", { ...person, email: "ada@corp.example" });
      oidc.people.set("eve", { ...person, email: "eve@corp.example" });
    });
    beforeEach(() => hostile.reset());
    after(async () => {
      await rig.close();
      await Promise.all([oidc.close(), hostile.close()]);
    });

    const refused = (arrived: Arrival, why: RegExp, what = ""): void => {
      assert.equal(arrived.session, null, what);
      assert.match(arrived.location, /^\/sign-in\?sso=refused/, what);
      assert.match(arrived.refusal ?? "", why, what);
    };
    const NOT_YOURS = /took too long, was started in another window, or is not yours/;

    test("a way back without the cookie it belongs to leads nowhere", async () => {
      const { url, flow } = await depart(rig.app, provider);
      const back = await oidc.signIn(url.href, "ada");
      const stranger = await depart(rig.app, provider);
      const text = flow.slice("tl_sso_flow=".length);
      const [version, keyId, sealed = ""] = text.split(".");
      const bytes = Buffer.from(sealed, "base64url");
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      const ownKey = createSecretBox("an-attackers-own-key-that-is-long-enough-to-be-one");
      const content = JSON.stringify({
        providerId: provider.id,
        redirectUrl: provider.redirectUrl,
        next: "/",
        state: back.searchParams.get("state"),
        nonce: "n",
        codeVerifier: "v".repeat(43),
        expiresAtMs: Date.now() + 60_000,
      });
      for (const [what, cookie] of [
        ["none", undefined],
        ["empty", "tl_sso_flow="],
        ["another browser's", stranger.flow],
        ["altered", `tl_sso_flow=${version}.${keyId}.${bytes.toString("base64url")}`],
        ["plain", `tl_sso_flow=${encodeURIComponent(content)}`],
        ["sealed by somebody else", `tl_sso_flow=${ownKey.seal(content, "cookie.sso_flow")}`],
        [
          "sealed here for something else",
          `tl_sso_flow=${rig.access.box.seal(content, "cookie.sso_refusal")}`,
        ],
        [
          "too old",
          `tl_sso_flow=${rig.access.box.seal(content.replace(/"expiresAtMs":\d+/, '"expiresAtMs":1'), "cookie.sso_flow")}`,
        ],
      ] as const)
        refused(await arrive(rig.app, back, cookie), NOT_YOURS, what);
      assert.ok((await arrive(rig.app, back, flow)).session, "and the right one still does");
    });

    test("another state, another provider's way back, and a used code are refused", async () => {
      const { url, flow } = await depart(rig.app, provider);
      const back = await oidc.signIn(url.href, "ada");
      for (const state of ["", "x", "a".repeat(43), null]) {
        const forged = new URL(back);
        forged.searchParams.delete("state");
        if (state !== null) forged.searchParams.set("state", state);
        refused(await arrive(rig.app, forged, flow), NOT_YOURS, String(state));
      }
      const twice = new URL(back);
      twice.searchParams.append("state", "x");
      assert.equal((await arrive(rig.app, twice, flow)).session, null, "two states");
      for (const id of [other.id, evil.id]) {
        const elsewhere = new URL(back);
        elsewhere.pathname = `/api/sso/${id}/callback`;
        refused(await arrive(rig.app, elsewhere, flow), NOT_YOURS, id);
      }
      assert.ok((await arrive(rig.app, back, flow)).session);
      refused(await arrive(rig.app, back, flow), /refused this client \(invalid_grant\)/, "used");
      const programs = await fromElsewhere(rig.app, { url: back.pathname + back.search });
      assert.equal(codeOf(programs), "sign_in_again", "programs read it as everywhere");
    });

    test("somebody else's code in one's own sign-in is refused", async () => {
      const victim = await depart(rig.app, provider);
      const stolen = await oidc.signIn(victim.url.href, "ada");
      const mine = await depart(rig.app, provider);
      const injected = await oidc.signIn(mine.url.href, "eve");
      injected.searchParams.set("code", stolen.searchParams.get("code") ?? "");
      refused(await arrive(rig.app, injected, mine.flow), /invalid_grant/, "PKCE does not fit");
      const other_ = await depart(rig.app, other);
      const answer = await oidc.signIn(other_.url.href, "ada");
      const own = await depart(rig.app, provider);
      answer.pathname = `/api/sso/${provider.id}/callback`;
      answer.searchParams.set("state", own.url.searchParams.get("state") ?? "");
      refused(await arrive(rig.app, answer, own.flow), /invalid_grant/, "of another client");
    });

    test("an answer in the name of another issuer is refused before any code is shown to anybody", async () => {
      const { url, flow } = await depart(rig.app, evil);
      const state = url.searchParams.get("state") ?? "";
      const before_ = hostile.asked.length;
      const back = `${evil.redirectUrl}?${new URLSearchParams({ code: "c", state, iss: oidc.issuer }).toString()}`;
      refused(await arrive(rig.app, back, flow), /can't be trusted/);
      assert.equal(hostile.asked.slice(before_).includes("/token"), false);
    });

    test("after signing in only the product's own pages are gone to", async () => {
      for (const next of [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/api/me",
        "/sign-in?next=/",
        `/${"x".repeat(2000)}`,
      ]) {
        const { url, flow } = await depart(rig.app, provider, next);
        const arrived = await arrive(rig.app, await oidc.signIn(url.href, "ada"), flow);
        assert.equal(arrived.location, "/", next);
      }
      const { url, flow } = await depart(rig.app, provider, "/traces#x");
      const arrived = await arrive(rig.app, await oidc.signIn(url.href, "ada"), flow);
      assert.equal(arrived.location, "/traces#x");
    });

    /** Comes back from the hostile provider, which answers as it was told to. */
    async function throughEvil(): Promise<Arrival> {
      const { url, flow } = await depart(rig.app, evil);
      const { searchParams } = url;
      nonce = searchParams.get("nonce") ?? "";
      const back = new URLSearchParams({ code: "c", state: searchParams.get("state") ?? "" });
      return await arrive(rig.app, `${evil.redirectUrl}?${back.toString()}`, flow);
    }

    test("a good answer of the hand-made provider is let in, so what follows is refused for its own fault", async () => {
      const { session, refusal } = await throughEvil();
      assert.equal(refusal, null);
      assert.equal((await stateOf(rig.app, session)).person?.email, "mallory@example.com");
    });

    test("ID tokens that are unsigned, badly signed, for another client, time, sign-in or issuer are refused", async () => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const cases: readonly (readonly [string, Partial<HostileOidc["behaviour"]>])[] = [
        ["unsigned", { sign: TOKENS.unsigned }],
        [
          "unsigned, and said to be right",
          {
            sign: TOKENS.unsigned,
            metadata: { id_token_signing_alg_values_supported: ["none", "RS256"] },
          },
        ],
        ["signed by a stranger", { sign: TOKENS.byStranger }],
        ["changed after signing", { sign: TOKENS.changed }],
        ["signed with the public key", { sign: TOKENS.byPublicKey }],
        ["no token at all", { sign: () => "" }],
        ["no token, but text", { sign: () => "a.b.c" }],
        ["for another client", { claims: { aud: "another-client" } }],
        ["for several clients, by another", { claims: { aud: [CLIENT_ID, "x"], azp: "x" } }],
        ["of another sign-in", { claims: { nonce: "another" } }],
        ["without the nonce", { claims: { nonce: undefined } }],
        ["of another issuer", { claims: { iss: "https://login.example" } }],
        ["over", { claims: { iat: nowSeconds - 7200, exp: nowSeconds - 3600 } }],
        ["without an end", { claims: { exp: undefined } }],
        ["without a subject", { claims: { sub: undefined } }],
        ["with an empty subject", { claims: { sub: "" }, userInfo: { sub: "" } }],
        ["userinfo of somebody else", { userInfo: { sub: "somebody-else", email: "x@example.com" } }],
      ];
      for (const [what, behaviour] of cases) {
        hostile.reset();
        Object.assign(hostile.behaviour, behaviour);
        refused(await throughEvil(), /provider/i, what);
      }
    });

    test("a provider's claims can be of any kind without doing harm", async () => {
      for (const claims of [
        { groups: { ops: true } },
        { groups: [["ops"], { name: "ops" }, null, 7] },
        { groups: "OPS" },
        { groups: undefined },
        { email: ["ada@corp.example"], sub: randomUUIDv7() },
        { email: "ada@corp.example\nbcc: x@example.com", sub: randomUUIDv7() },
        { email: "\0@corp.example", sub: randomUUIDv7() },
        { sub: "x".repeat(5000) },
        { sub: "a\0b" },
      ]) {
        hostile.reset();
        hostile.behaviour.claims = claims;
        if ("sub" in claims) hostile.behaviour.userInfo = { sub: claims.sub };
        const arrived = await throughEvil();
        assert.equal(arrived.session, null, JSON.stringify(claims).slice(0, 100));
      }
      hostile.behaviour.claims = {
        sub: "named",
        name: `<script>\0${"x".repeat(5000)}`,
        email: "named@example.com",
      };
      hostile.behaviour.userInfo = { sub: "named" };
      const { person } = await stateOf(rig.app, (await throughEvil()).session);
      assert.equal(person?.name, `<script> ${"x".repeat(191)}`, "in one line, and not longer than a name");
    });

    /** Anew each time: descriptions are remembered by client. */
    const startOf = async (input: { issuer?: string } = {}) => {
      const made = await makeProvider(rig, hostile, headers, {
        ...input,
        clientId: randomUUIDv7(),
        clientSecret: "s",
      });
      const url = `/api/sso/${made.id}/start`;
      const check = await fromElsewhere(rig.app, {
        method: "POST",
        url: `/api/sso-providers/${made.id}/check`,
        headers,
      });
      return {
        made,
        answer: await fromElsewhere(rig.app, { url, headers: BROWSER }),
        findings: check.body,
      };
    };

    test("a provider inside the network is not asked, and strangers are not told its address", async () => {
      for (const issuer of [
        "https://169.254.169.254/latest",
        "https://[fd00:ec2::254]/",
        "https://10.0.0.1",
        "https://0x7f000002:8443",
      ]) {
        const { answer, findings } = await startOf({ issuer });
        assert.match(String(answer.headers.location), /^\/sign-in\?sso=refused/, issuer);
        assert.match(findings, /THROUGHLINE_OUTGOING_ALLOW/, issuer);
        const arrived = await arrive(rig.app, answer.raw.req.url ?? "");
        assert.match(arrived.refusal ?? "", /can't be reached from here/);
        assert.doesNotMatch(arrived.refusal ?? "", /169|10\.0|fd00|127/);
      }
    });

    test("a description that redirects inside, lies about its issuer, or never ends is refused", async () => {
      const describes: readonly (readonly [string, HostileOidc["behaviour"]["describe"], RegExp])[] = [
        [
          "redirects to metadata",
          (response) =>
            response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
          /can't be trusted/,
        ],
        ["is somebody else", null, /can't be trusted/],
        [
          "is endless",
          (response) =>
            void response
              .writeHead(200, { "content-type": "application/json" })
              .end(Buffer.alloc(2_000_000, " ")),
          /more than 1048576 bytes/,
        ],
        [
          "is a page with secrets",
          (response) =>
            void response.writeHead(200, { "content-type": "text/html" }).end("<p>root:x:0:0</p>"),
          /can't be trusted/,
        ],
      ];
      for (const [what, describe_, expected] of describes) {
        hostile.reset();
        hostile.behaviour.describe = describe_;
        if (describe_ === null) hostile.behaviour.metadata = { issuer: oidc.issuer };
        const { answer, findings } = await startOf();
        assert.match(String(answer.headers.location), /^\/sign-in\?sso=refused/, what);
        assert.match(findings, expected, what);
        assert.doesNotMatch(findings, /root:x/, what);
      }
    });

    test("endpoints inside the network are not asked either", async () => {
      const inner = "http://127.0.0.2:1/";
      for (const name of ["token_endpoint", "jwks_uri", "userinfo_endpoint"]) {
        hostile.reset();
        hostile.behaviour.metadata = { [name]: inner };
        const { made } = await startOf();
        hostile.behaviour.claims = { aud: made.clientId };
        const { url, flow } = await depart(rig.app, made);
        nonce = url.searchParams.get("nonce") ?? "";
        const back = new URLSearchParams({ code: "c", state: url.searchParams.get("state") ?? "" });
        refused(
          await arrive(rig.app, `${made.redirectUrl}?${back.toString()}`, flow),
          /can't be reached from here/,
          name,
        );
        const [line] = await rig.control.query<{ detail: { reason: { message: string } } }>(
          "select detail from audit_log where action = 'session.sign-in' order by id desc limit 1",
        );
        assert.match(line?.detail.reason.message ?? "", /127\.0\.0\.2 is this machine itself/, name);
      }
    });

    test("an authorization endpoint that is a script is gone to by nobody", async () => {
      for (const authorization_endpoint of [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
      ]) {
        hostile.behaviour.metadata = { authorization_endpoint };
        const { answer } = await startOf();
        assert.match(String(answer.headers.location), /^\/sign-in\?sso=refused/, authorization_endpoint);
      }
    });

    test("nobody's words but ours reach the sign-in page", async () => {
      const { url, flow } = await depart(rig.app, evil);
      const back = new URLSearchParams({
        error: "Call 555-1234 and read them your password",
        error_description: "really",
        state: url.searchParams.get("state") ?? "",
      });
      const arrived = await arrive(rig.app, `${evil.redirectUrl}?${back.toString()}`, flow);
      refused(arrived, /refused the sign-in/);
      assert.doesNotMatch(arrived.refusal ?? "", /555|really/);
      hostile.behaviour.answerToken = (response) =>
        void response
          .writeHead(400, { "content-type": "application/json" })
          .end(JSON.stringify({ error: "Call 555-1234", error_description: "really" }));
      const second = await throughEvil();
      assert.doesNotMatch(second.refusal ?? "", /555|really/);
      const asked = async (cookie: string) =>
        (await fromElsewhere(rig.app, { url: "/api/sso/refusal", headers: { cookie } })).json().detail;
      assert.equal(await asked("tl_sso_refusal=Call 555-1234"), null);
      const ownKey = createSecretBox("an-attackers-own-key-that-is-long-enough-to-be-one");
      assert.equal(await asked(`tl_sso_refusal=${ownKey.seal("Call", "cookie.sso_refusal")}`), null);
      assert.equal(
        await asked(flow.replace("tl_sso_flow", "tl_sso_refusal")),
        null,
        "sealed for something else",
      );
    });

    test("asking whether a way back exists signs nobody in", async () => {
      const { url, flow } = await depart(rig.app, provider);
      const back = await oidc.signIn(url.href, "ada");
      const path = back.pathname + back.search;
      const head = await fromElsewhere(rig.app, { method: "HEAD", url: path, headers: { cookie: flow } });
      assert.equal(head.statusCode, 404);
      assert.equal(head.headers["set-cookie"], undefined);
    });
  });
}
