/** The first account, signing in, being slowed down, second factors, cookies. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { problem, secretLink, sessionList, sessionState, setupState } from "@throughline/contract";
import type { FastifyInstance } from "fastify";
import { totp } from "../../../../../test/harness/totp.ts";
import { addPerson, cookieOf, fromElsewhere } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { cookieFrom } from "./tools.ts";

const PASSWORD = "correct horse battery staple";
const OWNER = { name: "Ada", email: "Ada@Example.com", password: PASSWORD };
const LOCAL = { host: "localhost:3300" };

export function signInSuite(backend: AccessBackend): void {
  describe(`the first account and signing in on ${backend.name}`, () => {
    let rig: Rig;
    before(async () => {
      rig = await openRig(backend);
    });
    after(() => rig.close());

    const codeOf = (answer: { json(): unknown }) => problem.parse(answer.json()).code;
    const post = (
      url: string,
      payload: object,
      headers: Record<string, string> = {},
      remoteAddress?: string,
    ) =>
      fromElsewhere(rig.app, {
        method: "POST",
        url,
        payload,
        headers,
        ...(remoteAddress === undefined ? {} : { remoteAddress }),
      });
    const signIn = (email: string, password: string, remoteAddress?: string) =>
      post("/api/auth/sign-in/email", { email, password }, {}, remoteAddress);
    const me = async (app: FastifyInstance, cookie: string) =>
      sessionState.parse((await fromElsewhere(app, { url: "/api/me", headers: { cookie } })).json());

    test("until there is an owner this machine looks and changes nothing, others are told what to do", async () => {
      const here = (url: string, method: "GET" | "POST" = "GET") =>
        rig.app.inject({
          url,
          method,
          headers: LOCAL,
          ...(method === "POST" ? { payload: { name: "x" } } : {}),
        });
      assert.equal((await here("/api/projects")).statusCode, 200);
      const state = sessionState.parse((await here("/api/me")).json());
      assert.equal(state.isSetupNeeded, true);
      assert.equal(state.person, null);
      assert.ok(
        state.permissions.includes("telemetry:read") && !state.permissions.includes("ingest-keys:read"),
      );
      assert.equal(codeOf(await here("/api/ingest-keys")), "setup_required");
      assert.equal(codeOf(await here("/api/projects", "POST")), "setup_required");
      assert.equal(codeOf(await fromElsewhere(rig.app, { url: "/api/projects" })), "setup_required");
      const proxied = await rig.app.inject({
        url: "/api/projects",
        headers: { ...LOCAL, "x-forwarded-for": "203.0.113.9" },
      });
      assert.equal(codeOf(proxied), "setup_required", "a proxy on this machine is another machine");
    });

    test("another machine needs the code that the start printed, and of many at once one makes the account", async () => {
      const { setupCode } = rig.access;
      assert.match(setupCode ?? "", /^[0-9A-F]{4}(-[0-9A-F]{4}){3}$/);
      const asked = setupState.parse((await fromElsewhere(rig.app, { url: "/api/setup" })).json());
      assert.deepEqual(asked, { isNeeded: true, isCodeNeeded: true });
      for (const code of [undefined, "", "0000-0000-0000-0000"])
        assert.equal(codeOf(await post("/api/setup", { ...OWNER, code })), "confirmation_needed");
      assert.equal(
        codeOf(await post("/api/setup", { ...OWNER, password: "short", code: setupCode })),
        "invalid_query",
      );
      const evil = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      assert.equal(codeOf(await post("/api/setup", { ...OWNER, code: setupCode }, evil)), "cross_site");
      const rebound = await rig.app.inject({
        method: "POST",
        url: "/api/setup",
        headers: { host: "evil.example:3300" },
        payload: OWNER,
      });
      assert.equal(codeOf(rebound), "unknown_host", "a foreign name that leads to this machine");

      const answers = await Promise.all(
        Array.from({ length: 4 }, (_, index) =>
          post("/api/setup", { ...OWNER, email: `owner${index}@example.com`, code: setupCode }),
        ),
      );
      assert.deepEqual(
        answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
        [200, 409, 409, 409],
      );
      const made = answers.find(({ statusCode }) => statusCode === 200) ?? assert.fail();
      const cookie = cookieFrom(made.headers["set-cookie"]);
      const state = await me(rig.app, cookie);
      assert.equal(state.role, "SUPER_ADMIN");
      assert.equal(state.isSetupNeeded, false);
      assert.equal(
        codeOf(await rig.app.inject({ url: "/api/projects", headers: LOCAL })),
        "sign_in_required",
      );
      const lines = await rig.control.query(
        "select result from audit_log where action = 'setup' and result = 'done'",
      );
      assert.equal(lines.length, 1);
    });

    test("signing in opens a session that signing out ends, on every instance", async () => {
      const hash = await rig.access.passwords.hash(PASSWORD);
      const { email, userId } = await addPerson(rig.control, rig.tenantId, "ADMIN", { password: hash });
      const answer = await signIn(email.toUpperCase(), PASSWORD);
      assert.equal(answer.statusCode, 200, answer.body);
      assert.ok(!answer.body.includes('"token"'), "the token is for the cookie only");
      const cookie = cookieFrom(answer.headers["set-cookie"]);
      assert.match(String(answer.headers["set-cookie"]), /HttpOnly/);
      assert.match(String(answer.headers["set-cookie"]), /SameSite=Lax/i);
      const second = await rig.openSecond();
      try {
        assert.equal((await me(second.app, cookie)).person?.userId, userId);
        const list = await fromElsewhere(rig.app, { url: "/api/me/sessions", headers: { cookie } });
        assert.equal(sessionList.parse(list.json()).sessions.filter(({ isCurrent }) => isCurrent).length, 1);
        const [stored] = await rig.control.query<{ token: string }>(
          "select token from sessions where user_id = $1",
          [userId],
        );
        assert.ok(stored !== undefined && !cookie.includes(stored.token), "the stored token is a hash");
        assert.equal((await post("/api/auth/sign-out", {}, { cookie })).statusCode, 200);
        assert.equal((await me(rig.app, cookie)).person, null);
      } finally {
        await second.close();
      }
    });

    test("a session that nobody used for a week has ended, and what has ended is removed", async () => {
      const { userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
      const [idle, old] = await Promise.all([cookieOf(rig.access, userId), cookieOf(rig.access, userId)]);
      assert.ok(idle !== undefined && old !== undefined);
      await rig.control.query(
        "update sessions set last_seen_at = now() - interval '8 days' where user_id = $1",
        [userId],
      );
      assert.equal((await me(rig.app, idle)).person, null);
      const used = await cookieOf(rig.access, userId);
      await rig.access.housekeeping.run();
      assert.equal((await rig.control.query("select from sessions where user_id = $1", [userId])).length, 1);
      assert.equal((await me(rig.app, used)).person?.userId, userId);
      assert.equal((await me(rig.app, old)).person, null);
    });

    test("a wrong password and an unknown address are answered alike, and slowed down alike", async () => {
      const hash = await rig.access.passwords.hash(PASSWORD);
      const { email } = await addPerson(rig.control, rig.tenantId, "ADMIN", { password: hash });
      const attempts = async (address: string, from: string) => {
        const seen: { status: number; code: string; detail: string | undefined }[] = [];
        for (let tries = 0; tries < 20 && seen.at(-1)?.status !== 429; tries++) {
          const answer = await signIn(address, "wrong horse battery staple", from);
          const { code, detail } = problem.parse(answer.json());
          seen.push({
            status: answer.statusCode,
            code,
            detail: detail?.replace(/\d+ seconds?/, "n seconds"),
          });
          if (answer.statusCode === 429) assert.ok(Number(answer.headers["retry-after"]) >= 1);
        }
        return seen;
      };
      const known = await attempts(email, "198.51.100.1");
      const right = await signIn(email, PASSWORD, "198.51.100.1");
      assert.equal(right.statusCode, 429, "not even the right password is checked now");
      const unknown = await attempts("nobody@example.com", "198.51.100.2");
      assert.deepEqual(unknown, known);
      assert.deepEqual(known[0], {
        status: 401,
        code: "sign_in_failed",
        detail: "Invalid email or password.",
      });
      assert.equal(known.at(-1)?.code, "too_many_attempts");
      const elsewhere = await signIn(email, PASSWORD, "198.51.100.3");
      assert.equal(elsewhere.statusCode, 200, "whoever guesses locks out nobody else");
    });

    test("a second factor is asked for after the password, and a recovery code stands in for it once", async () => {
      const hash = await rig.access.passwords.hash(PASSWORD);
      const { email, userId } = await addPerson(rig.control, rig.tenantId, "ADMIN", { password: hash });
      const cookie = cookieFrom((await signIn(email, PASSWORD)).headers["set-cookie"]);
      assert.equal(
        codeOf(await post("/api/auth/two-factor/enable", { password: "no" }, { cookie })),
        "wrong_password",
      );
      const enabled = await post("/api/auth/two-factor/enable", { password: PASSWORD }, { cookie });
      assert.equal(enabled.statusCode, 200, enabled.body);
      const { totpURI, backupCodes } = enabled.json<{ totpURI: string; backupCodes: string[] }>();
      const secret = new URL(totpURI).searchParams.get("secret") ?? assert.fail();
      const proved = await post("/api/auth/two-factor/verify-totp", { code: totp(secret) }, { cookie });
      assert.equal(proved.statusCode, 200, proved.body);
      const [row] = await rig.control.query<{ secret: string; backup_codes: string }>(
        "select secret, backup_codes from two_factors where user_id = $1",
        [userId],
      );
      assert.ok(
        row !== undefined && row.secret.startsWith("v1.") && row.backup_codes.startsWith("v1."),
        "sealed",
      );

      const first = await signIn(email, PASSWORD);
      assert.equal(first.json().twoFactorRedirect, true);
      const pending = cookieFrom(first.headers["set-cookie"], "tl_two_factor");
      assert.equal((await me(rig.app, pending)).person, null, "the password alone is not enough");
      assert.equal(
        codeOf(await post("/api/auth/two-factor/verify-totp", { code: "000000" }, { cookie: pending })),
        "sign_in_failed",
      );
      const whole = await post(
        "/api/auth/two-factor/verify-totp",
        { code: totp(secret) },
        { cookie: pending },
      );
      assert.equal(whole.statusCode, 200, whole.body);
      const state = await me(rig.app, cookieFrom(whole.headers["set-cookie"]));
      assert.equal(state.person?.hasTwoFactor, true);

      const [code] = backupCodes;
      for (const expected of [200, 401]) {
        const again = cookieFrom((await signIn(email, PASSWORD)).headers["set-cookie"], "tl_two_factor");
        const used = await post("/api/auth/two-factor/verify-backup-code", { code }, { cookie: again });
        assert.equal(used.statusCode, expected, used.body);
      }
    });

    test("a link from an administrator sets a new password once and ends all sessions", async () => {
      const admin = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const headers = { cookie: await cookieOf(rig.access, admin.userId) };
      const hash = await rig.access.passwords.hash(PASSWORD);
      const { email, userId } = await addPerson(rig.control, rig.tenantId, "VIEWER", { password: hash });
      const cookie = cookieFrom((await signIn(email, PASSWORD)).headers["set-cookie"]);
      const made = await post(`/api/members/${userId}/reset-link`, {}, headers);
      assert.equal(made.statusCode, 200, made.body);
      const token = new URL(secretLink.parse(made.json()).url).hash.slice(1);
      const newPassword = "an entirely different one";
      assert.equal(
        codeOf(await post("/api/password-reset", { token: `${token}x`, newPassword })),
        "link_invalid",
      );
      assert.equal((await post("/api/password-reset", { token, newPassword })).statusCode, 200);
      assert.equal(codeOf(await post("/api/password-reset", { token, newPassword })), "link_invalid");
      assert.equal((await me(rig.app, cookie)).person, null, "signed out");
      assert.equal((await signIn(email, PASSWORD)).statusCode, 401);
      const again = await signIn(email, newPassword);
      assert.equal(again.statusCode, 200, again.body);

      // Whoever is in another organisation too could be taken over there.
      const elsewhere = "01890000-0000-7000-8000-000000000001";
      await rig.control.query("insert into tenants (id, name) values ($1, 'Elsewhere')", [elsewhere]);
      await rig.control.query("insert into members (tenant_id, user_id, role) values ($1, $2, 'VIEWER')", [
        elsewhere,
        userId,
      ]);
      assert.equal(codeOf(await post(`/api/members/${userId}/reset-link`, {}, headers)), "conflict");
      assert.equal(
        codeOf(await post("/api/password-reset/request", { email })),
        "conflict",
        "no mail is set up",
      );
    });

    test("a person changes the password, and deletes the account, with the password they have", async () => {
      const hash = await rig.access.passwords.hash(PASSWORD);
      const { email, userId } = await addPerson(rig.control, rig.tenantId, "ADMIN", { password: hash });
      const other = cookieFrom((await signIn(email, PASSWORD)).headers["set-cookie"]);
      const cookie = cookieFrom((await signIn(email, PASSWORD)).headers["set-cookie"]);
      const newPassword = "an entirely different one";
      const change = (currentPassword: string) =>
        post("/api/auth/change-password", { currentPassword, newPassword }, { cookie });
      assert.equal(codeOf(await change("not the password")), "wrong_password");
      await rig.control.query(
        `create function no_line() returns trigger language plpgsql as $$ begin raise exception 'full'; end $$`,
      );
      await rig.control.query(
        "create trigger no_line before insert on audit_log for each row when (new.action = 'password.change') execute function no_line()",
      );
      assert.equal((await change(PASSWORD)).statusCode, 500);
      await rig.control.query("drop trigger no_line on audit_log");
      assert.equal((await me(rig.app, other)).person?.userId, userId, "without its line nothing was changed");
      const changed = await change(PASSWORD);
      assert.equal(changed.statusCode, 200, changed.body);
      assert.equal((await me(rig.app, other)).person, null, "the other session ended");
      const lines = await rig.control.query<{ result: string }>(
        "select result from audit_log where action = 'password.change' and (actor_id = $1 or target_id = $1) order by id",
        [userId],
      );
      assert.deepEqual(
        lines.map(({ result }) => result),
        ["refused", "done"],
      );
      const fresh = { cookie: cookieFrom(changed.headers["set-cookie"]) };
      assert.equal((await me(rig.app, fresh.cookie)).person?.userId, userId);
      const remove = (payload: object) =>
        fromElsewhere(rig.app, { method: "DELETE", url: "/api/account", headers: fresh, payload });
      assert.equal(codeOf(await remove({ email: "else@example.com" })), "confirmation_needed");
      assert.equal(codeOf(await remove({ email, password: PASSWORD })), "wrong_password");
      assert.equal((await remove({ email, password: newPassword })).statusCode, 200);
      assert.equal((await me(rig.app, fresh.cookie)).person, null);
      for (const table of ["sessions", "accounts", "members"])
        assert.deepEqual(
          await rig.control.query(`select from ${table} where user_id = $1`, [userId]),
          [],
          table,
        );
    });

    test("what of better-auth is not in our table is not open", async () => {
      for (const path of [
        "/sign-up/email",
        "/update-user",
        "/delete-user",
        "/change-email",
        "/verify-password",
      ])
        assert.equal((await post(`/api/auth${path}`, { email: "x@example.com" })).statusCode, 404, path);
    });
  });

  describe(`behind https on ${backend.name}`, () => {
    test("cookies are bound to the host, the plain ones count for nothing, trusted proxies say who asks", async () => {
      const rig = await openRig(backend, {
        publicUrl: "https://obs.example.com",
        trustedProxies: ["127.0.0.1"],
      });
      try {
        const headers = { host: "obs.example.com", origin: "https://obs.example.com" };
        const payload = { ...OWNER, code: rig.access.setupCode };
        const answer = await rig.app.inject({ method: "POST", url: "/api/setup", headers, payload });
        assert.equal(answer.statusCode, 200, answer.body);
        const set = String(answer.headers["set-cookie"]);
        assert.match(set, /^__Host-tl_session_token=[^;]+;.*Path=\/;.*Secure/);
        assert.doesNotMatch(set, /Domain=/i);
        const cookie = set.split(";", 1)[0] ?? "";
        const asked = async (sent: string) =>
          (await rig.app.inject({ url: "/api/projects", headers: { ...headers, cookie: sent } })).statusCode;
        assert.equal(await asked(cookie), 200);
        assert.equal(await asked(cookie.replace("__Host-", "")), 401);
        const signedIn = await rig.app.inject({
          method: "POST",
          url: "/api/auth/sign-in/email",
          headers,
          payload: { email: OWNER.email, password: PASSWORD },
        });
        assert.equal(signedIn.statusCode, 200, signedIn.body);
        assert.match(String(signedIn.headers["set-cookie"]), /__Host-tl_session_token=[^;]+;.*Secure/);

        const from = { ...headers, "x-forwarded-for": "203.0.113.5" };
        const signInFrom = (remoteAddress: string) =>
          rig.app.inject({
            method: "POST",
            url: "/api/auth/sign-in/email",
            headers: from,
            remoteAddress,
            payload: { email: OWNER.email, password: PASSWORD },
          });
        for (const [proxy, expected] of [
          ["127.0.0.1", "203.0.113.5"],
          ["198.51.100.9", "198.51.100.9"],
        ] as const) {
          assert.equal((await signInFrom(proxy)).statusCode, 200);
          const [line] = await rig.control.query<{ address: string }>(
            "select address from audit_log where action = 'session.sign-in' order by id desc limit 1",
          );
          assert.equal(line?.address, expected, "only a trusted proxy is believed");
        }
      } finally {
        await rig.close();
      }
    });
  });
}
