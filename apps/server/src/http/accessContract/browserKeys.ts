/** Browser keys on the addresses that pages send to: which page may, for which project, and what the browser is told. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { InjectOptions } from "fastify";
import { createIngestKey } from "../../access/createIngestKey.ts";
import { ELSEWHERE } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";

const SITE = "https://shop.example";
const QUERY = { name: "test" };

export function browserKeysSuite(backend: AccessBackend): void {
  describe(`browser keys on ${backend.name}`, () => {
    let rig: Rig;
    let browserKey: string;
    let serverKey: string;
    before(async () => {
      rig = await openRig(backend, { trustedProxies: ["10.0.0.1"] });
      // Before the first question: what is not known is looked for again only after a second.
      browserKey = await makeKey("browser");
      serverKey = await makeKey("server");
    });
    after(() => rig.close());

    async function makeKey(kind: "browser" | "server"): Promise<string> {
      const made = await createIngestKey(rig.control, {
        tenantId: rig.tenantId,
        projectId: "default",
        name: "k",
        kind,
        allowedOrigins: kind === "browser" ? [SITE, "https://*.shop.example"] : [],
      });
      assert.ok(made !== undefined);
      return made.key;
    }

    let ids = 0;
    const vital = () => ({ name: "LCP", value: 1, id: `v6-${++ids}`, pageUrl: "/" });

    function send(query: string, headers: Record<string, string> = {}, more: InjectOptions = {}) {
      return rig.app.inject({
        ...ELSEWHERE,
        method: "POST",
        url: `/api/web-vitals${query}`,
        headers: { ...ELSEWHERE.headers, "content-type": "text/plain", ...headers },
        payload: JSON.stringify([vital()]),
        ...more,
      });
    }

    it("are taken on their sites only, from the address or a header", async () => {
      const key = browserKey;
      for (const [query, headers] of [
        [`?key=${key}`, { origin: SITE }],
        [`?key=${key}`, { origin: "https://www.shop.example" }],
        ["", { origin: SITE, authorization: `Bearer ${key}` }],
        ["", { origin: SITE, "x-throughline-key": key }],
      ] as const) {
        const answer = await send(query, headers);
        assert.equal(answer.statusCode, 200, answer.body);
        assert.equal(answer.headers["access-control-allow-origin"], headers.origin);
      }
      for (const origin of [
        "https://evil.example",
        "https://shop.example.evil.example",
        "http://shop.example",
        "null",
        undefined,
      ]) {
        const answer = await send(`?key=${key}`, origin === undefined ? {} : { origin });
        assert.equal(answer.statusCode, 403, String(origin));
        assert.equal(answer.json().code, "forbidden");
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
      }
    });

    it("that nobody made, or none at all, are refused", async () => {
      for (const query of ["", "?key=", `?key=tl_ingest_${"a".repeat(24)}`, "?key=x&key=y"]) {
        const answer = await send(query, { origin: SITE });
        assert.equal(answer.statusCode, 401, query);
        assert.equal(answer.json().code, "ingest_key_refused");
      }
    });

    it("write into their own project, whatever the request says", async () => {
      const key = browserKey;
      const other = await send(`?key=${key}&project=throughline`, { origin: SITE });
      assert.equal(other.statusCode, 403);
      assert.equal((await send(`?key=${key}&project=default`, { origin: SITE })).statusCode, 200);
    });

    it("of servers are not taken from a page, and are from a program", async () => {
      const key = serverKey;
      assert.equal((await send(`?key=${key}`, { origin: SITE })).statusCode, 403);
      assert.equal((await send("", { authorization: `Bearer ${key}` })).statusCode, 200);
    });

    it("let exactly their sites ask first", async () => {
      const key = browserKey;
      const ask = (query: string, origin: string) =>
        rig.app.inject({
          ...ELSEWHERE,
          method: "OPTIONS",
          url: `/api/events${query}`,
          headers: { ...ELSEWHERE.headers, origin, "access-control-request-method": "POST" },
        });
      for (const query of [`?key=${key}`, ""]) {
        const yes = await ask(query, SITE);
        assert.equal(yes.statusCode, 204);
        assert.equal(yes.headers["access-control-allow-origin"], SITE);
        assert.equal(yes.headers["access-control-allow-credentials"], undefined);
        assert.match(String(yes.headers["access-control-allow-headers"]), /content-type/);
        const no = await ask(query, "https://evil.example");
        assert.equal(no.statusCode, 403);
        assert.equal(no.headers["access-control-allow-origin"], undefined);
      }
    });

    it("count a visitor's country only behind a proxy that is trusted", async () => {
      const key = browserKey;
      const headers = { origin: SITE, "cf-ipcountry": "DE", "x-forwarded-for": "198.51.100.7" };
      const before = Date.now();
      assert.equal((await send(`?key=${key}`, headers)).statusCode, 200);
      const trusted = await send(`?key=${key}`, headers, { remoteAddress: "10.0.0.1" });
      assert.equal(trusted.statusCode, 200);
      const deadline = before + 20_000;
      const countries = async () =>
        await rig.engines.telemetry.internal.query<{ country: string; path: string }>(
          `SELECT toString(country) AS country, path FROM web_vitals WHERE id IN ('v6-${ids}', 'v6-${ids - 1}') ORDER BY country`,
          {},
          QUERY,
        );
      let rows = await countries();
      while (rows.length < 2) {
        assert.ok(Date.now() < deadline, "the vitals were not stored");
        await new Promise((resolve) => setTimeout(resolve, 20));
        rows = await countries();
      }
      assert.deepEqual(
        rows.map(({ country }) => country),
        ["", "DE"],
      );
    });
  });
}
