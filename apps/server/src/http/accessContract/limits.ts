/** Floods and odd input: refused in time, with a sentence, and without slowing down who is let in. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { problem } from "@throughline/contract";
import { addPerson, cookieOf, fromElsewhere, markSetUp } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";

export function limitsSuite(backend: AccessBackend): void {
  describe(`limits on ${backend.name}`, () => {
    let rig: Rig;
    before(async () => {
      rig = await openRig(backend);
      await markSetUp(rig.control);
    });
    after(() => rig.close());

    const signIn = (email: unknown, remoteAddress: string) =>
      fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/auth/sign-in/email",
        remoteAddress,
        payload: { email, password: "a password that is wrong" },
      });

    test("a flood of sign-ins is told to come back, and nobody else waits for it", async () => {
      const { userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
      const cookie = await cookieOf(rig.access, userId);
      const flood = Array.from({ length: 300 }, (_, index) =>
        signIn(`somebody${index}@example.com`, `198.51.${100 + Math.floor(index / 200)}.${index % 200}`),
      );
      let answered = 0;
      for (const answer of flood) void answer.then(() => (answered += 1));
      const read = await fromElsewhere(rig.app, { url: "/api/me", headers: { cookie } });
      assert.ok(answered < flood.length, "the reader overtakes the flood");
      assert.equal(read.json().person.userId, userId);
      const answers = await Promise.all(flood);
      const codes = new Map<string, number>();
      for (const answer of answers) {
        const { code } = problem.parse(answer.json());
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code === "too_busy") assert.ok(Number(answer.headers["retry-after"]) > 0);
      }
      assert.deepEqual(
        [...codes.keys()].toSorted(),
        ["sign_in_failed", "too_busy"],
        JSON.stringify([...codes]),
      );
    });

    test("one address that tries many accounts is stopped, before anybody looks who it is", async () => {
      const codes: string[] = [];
      for (let tries = 0; tries < 40; tries++) {
        const answer = await fromElsewhere(rig.app, {
          method: "POST",
          url: "/api/invitations/look",
          remoteAddress: "198.51.100.250",
          payload: { token: `invented-token-number-${tries}` },
        });
        codes.push(problem.parse(answer.json()).code);
        if (answer.statusCode === 429) assert.ok(Number(answer.headers["retry-after"]) > 0);
      }
      assert.ok(codes.includes("rate_limited"), codes.join());
      assert.equal(codes[0], "link_invalid");
    });

    test("a person's and a key's limits are told in each answer", async () => {
      const { userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
      const cookie = await cookieOf(rig.access, userId);
      const answer = await fromElsewhere(rig.app, { url: "/api/me/sessions", headers: { cookie } });
      assert.match(String(answer.headers.ratelimit), /^"read_(user|address)";r=\d+;t=\d+$/);
    });

    test("odd input is refused as input, never as a fault of ours", async () => {
      const { userId } = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const odd = [
        "\0",
        "a\0b",
        "\ud800",
        "x".repeat(5000),
        "'; drop table tenants; --",
        "\r\nset-cookie: a=b",
      ];
      for (const text of odd) {
        const headers = { cookie: await cookieOf(rig.access, userId) };
        for (const [method, url, payload] of [
          ["POST", "/api/projects", { id: "ok", name: text }],
          ["POST", "/api/ingest-keys", { name: text, projectId: text, kind: "server" }],
          ["POST", "/api/api-keys", { name: text, scopes: [text] }],
          ["POST", "/api/invitations", { email: text, role: "VIEWER" }],
          ["POST", "/api/auth/sign-in/email", { email: text, password: text }],
          [
            "PATCH",
            `/api/members/${encodeURIComponent(text.slice(0, 50).toWellFormed())}`,
            { role: "VIEWER" },
          ],
          ["GET", `/api/audit?q=${encodeURIComponent(text.slice(0, 50).toWellFormed())}`, undefined],
          ["GET", `/api/audit?actorId=${encodeURIComponent(text.slice(0, 50).toWellFormed())}`, undefined],
        ] as const) {
          const answer = await fromElsewhere(rig.app, {
            method,
            url,
            headers: { ...headers, "user-agent": "odd" },
            remoteAddress: "198.51.100.77",
            ...(payload === undefined ? {} : { payload }),
          });
          assert.ok(answer.statusCode < 500, `${method} ${url} ${JSON.stringify(payload)}: ${answer.body}`);
          assert.equal(answer.headers["set-cookie"], undefined);
        }
      }
      for (const cookie of [
        "tl_session_token=",
        "tl_session_token=%",
        "tl_session_token=a.b",
        `x=${"y".repeat(4000)}`,
      ])
        assert.equal(
          (await fromElsewhere(rig.app, { url: "/api/projects", headers: { cookie } })).statusCode,
          401,
        );
      for (const payload of [{ email: ["a"] }, { email: { $ne: null } }, { email: null }]) {
        const answer = await signIn(payload.email, "198.51.100.78");
        assert.equal(answer.statusCode, 400, answer.body);
      }
    });

    test("a field that is not asked for changes nothing", async () => {
      const { userId } = await addPerson(rig.control, rig.tenantId, "ADMIN");
      const answer = await fromElsewhere(rig.app, {
        method: "POST",
        url: "/api/projects",
        headers: { cookie: await cookieOf(rig.access, userId) },
        payload: {
          id: "mass",
          name: "Mass",
          tenantId: "x",
          tenant_id: "x",
          role: "SUPER_ADMIN",
          createdAt: 0,
        },
      });
      assert.equal(answer.statusCode, 200, answer.body);
      const rows = await rig.control.query("select tenant_id from projects where id = 'mass'");
      assert.deepEqual(rows, [{ tenant_id: rig.tenantId }]);
    });
  });
}
