/** The pages over HTTP, on the product's own app with its access rules: status, headers, escaping, assets, sizes. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import type { FastifyInstance, InjectOptions } from "fastify";
import { pino } from "pino";
import { createHttpApp } from "../../apps/server/src/http/app.ts";
import { pagesPlugin, WebNotBuiltError } from "../../apps/server/src/http/pages/index.ts";
import { loadWebBundle, type WebBundle } from "../../apps/server/src/http/pages/webBundle.ts";
import { DIST_DIR, ensureBuilt } from "./fixtureServer.ts";
import { overview, projects } from "./fixtures.ts";

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", host: "localhost:3300" };
const HOSTILE = `</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u2028"'&`;

let app: FastifyInstance;
let bundle: WebBundle;
/** Headers and address with which the API was asked. */
let asked: { readonly cookie: unknown; readonly host: unknown; readonly ip: string }[] = [];

before(async () => {
  await ensureBuilt();
  bundle = await loadWebBundle(DIST_DIR);
  app = await createHttpApp(pino({ level: "silent" }));
  const config = { permission: "telemetry:read" } as const;
  app.get("/api/projects", { config }, () => ({ projects }));
  app.get<{ Querystring: { range?: string } }>("/api/overview", { config }, (request) => {
    asked.push({ cookie: request.headers.cookie, host: request.headers.host, ip: request.ip });
    if (request.query.range === "7d") throw new Error("A secret of the store.");
    return { ...overview, services: overview.services.map((row) => ({ ...row, service: HOSTILE })) };
  });
  await app.register(pagesPlugin, { distDir: DIST_DIR });
  await app.ready();
});
after(() => app.close());

const get = (url: string, more: InjectOptions = {}) => app.inject({ url, headers: HTML, ...more });

describe("a page", () => {
  test("comes with its data, rendered and embedded", async () => {
    const answer = await get("/?range=24h");
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers["content-type"]), /^text\/html; charset=utf-8$/);
    assert.match(answer.body, /^<!doctype html><html lang="en">/);
    assert.match(answer.body, /<title>Overview · Throughline<\/title>/);
    assert.match(answer.body, /POST \/checkout/);
    const state = JSON.parse(/id="state">(.*?)<\/script>/s.exec(answer.body)?.[1] ?? "");
    assert.equal(state.url, "/?range=24h");
    assert.equal(state.data.routes.length, overview.routes.length);
    assert.equal(state.installation.otlpHttpUrl, "http://localhost:3300");
  });

  test("asks the API as the person who asks for it", async () => {
    asked = [];
    await get("/", { headers: { ...HTML, cookie: "theme=dark; session=abc" }, remoteAddress: "127.0.0.9" });
    assert.deepEqual(asked, [{ cookie: "theme=dark; session=abc", host: "localhost:3300", ip: "127.0.0.9" }]);
  });

  test("lets no name from the telemetry become markup", async () => {
    const { body } = await get("/");
    assert.equal(body.includes("<script>alert"), false);
    assert.equal(body.includes("<img"), false);
    assert.equal(body.includes("<!--"), false);
    const state = JSON.parse(/id="state">(.*?)<\/script>/s.exec(body)?.[1] ?? "");
    assert.equal(state.data.services[0].service, HOSTILE);
    assert.ok(body.includes("&lt;/script>&lt;script>alert(1)"));
  });

  test("allows nothing inline, no frame, no sniffing and leaks no address", async () => {
    for (const url of ["/", "/help", "/nothing", "/?range=7d"]) {
      const { headers, body } = await get(url);
      const policy = String(headers["content-security-policy"]);
      for (const rule of [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
      ]) {
        assert.ok(policy.includes(rule), `${url}: ${rule}`);
      }
      assert.equal(policy.includes("unsafe"), false);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["referrer-policy"], "same-origin");
      assert.equal(headers["cross-origin-opener-policy"], "same-origin");
      assert.match(String(headers["permissions-policy"]), /camera=\(\)/);
      assert.match(String(headers["cache-control"]), /no-cache/);
      assert.equal(/<[^>]+ (style|on[a-z]+)=/.test(body), false, `${url}: inline style or handler`);
    }
  });

  test("answers HEAD with the same headers and no body", async () => {
    const answer = await get("/", { method: "HEAD" });
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers["content-type"]), /^text\/html/);
    assert.equal(answer.body, "");
  });

  test("remembers the theme in its HTML", async () => {
    const { body } = await get("/help", { headers: { ...HTML, cookie: "a=b; theme=dark" } });
    assert.match(body, /<html lang="en" data-theme="dark">/);
    const { body: forged } = await get("/help", { headers: { ...HTML, cookie: `theme="><script>` } });
    assert.match(forged, /<html lang="en">/);
  });
});

describe("a refusal", () => {
  test("by the API is a page with the same status that says what to do", async () => {
    const answer = await get("/services");
    assert.equal(answer.statusCode, 404, "this app has no /api/services");
    assert.match(String(answer.headers["content-type"]), /^text\/html/);
    assert.match(answer.body, /role="alert"/);
  });

  test("for an error of our own tells nothing of its cause", async () => {
    const answer = await get("/?range=7d");
    assert.equal(answer.statusCode, 500);
    assert.match(answer.body, /Something went wrong/);
    assert.equal(answer.body.includes("secret"), false);
  });

  test("by the access rules is a page without any data, for every page", async () => {
    for (const { path, permission } of bundle.renderer.pages) {
      if (permission === "public") continue;
      const answer = await get(path.replaceAll(/:[a-z]+/gi, "x"), { remoteAddress: "192.0.2.7" });
      assert.equal(answer.statusCode, 401, path);
      assert.match(String(answer.headers["content-type"]), /^text\/html/, path);
      assert.match(answer.body, /Without sign-in only the machine it runs on is answered/, path);
      assert.equal(answer.body.includes("default"), false, `${path} names a project`);
    }
  });

  test("stays a problem document for programs", async () => {
    const answer = await get("/", { remoteAddress: "192.0.2.7", headers: { ...HTML, accept: "*/*" } });
    assert.equal(answer.statusCode, 401);
    assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  });

  test("an unknown address is a page for people and a problem for programs and under /api/", async () => {
    const page = await get("/nothing/<b>here");
    assert.equal(page.statusCode, 404);
    assert.match(page.body, /There is no such page/);
    assert.equal(page.body.includes("<b>here"), false);
    for (const answer of [
      await get("/api/nothing"),
      await get("/nothing", { headers: { host: "localhost" } }),
    ]) {
      assert.equal(answer.statusCode, 404);
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
    }
  });

  test("to start without a build says how to make one", async () => {
    await assert.rejects(loadWebBundle("/nonexistent"), (error) => {
      assert.ok(error instanceof WebNotBuiltError);
      assert.match(error.message, /npm run build/);
      return true;
    });
  });
});

describe("assets", () => {
  test("are kept forever, compressed as the browser can, and open to everybody", async () => {
    for (const url of [bundle.entryScript, bundle.stylesheet]) {
      const plain = await get(url, { remoteAddress: "192.0.2.7", headers: { host: "example.com" } });
      assert.equal(plain.statusCode, 200);
      assert.match(String(plain.headers["cache-control"]), /immutable/);
      assert.equal(plain.headers.vary, "accept-encoding");
      for (const [encoding, decompress] of [
        ["br", brotliDecompressSync],
        ["gzip", gunzipSync],
      ] as const) {
        const packed = await get(url, {
          headers: { ...HTML, "accept-encoding": `deflate, ${encoding};q=0.9` },
        });
        if (packed.headers["content-encoding"] === undefined) continue;
        assert.equal(packed.headers["content-encoding"], encoding);
        assert.equal(decompress(packed.rawPayload).toString(), plain.body);
      }
      const refused = await get(url, { headers: { ...HTML, "accept-encoding": "br;q=0, gzip;q=0.0" } });
      assert.equal(refused.headers["content-encoding"], undefined);
    }
    assert.equal((await get("/favicon.svg")).headers["content-type"], "image/svg+xml");
  });

  test("nothing outside of the built files is reached", async () => {
    for (const url of [
      "/assets/../server/entryServer.js",
      "/assets/%2e%2e/.inputs",
      "/.inputs",
      "/.vite/manifest.json",
    ]) {
      assert.equal((await get(url)).statusCode, 404, url);
    }
  });
});

describe("scripts stay small (kB of 1000 bytes, gzip 9)", () => {
  const sizeOf = async (file: string): Promise<number> =>
    gzipSync(await readFile(join(DIST_DIR, "client", file)), { level: 9 }).length / 1000;

  test("first load at most 45, any page at most 90, all together at most 220", async (t) => {
    for (const { id, source } of bundle.renderer.pages) {
      const scripts = bundle.scriptsOf(source);
      assert.ok(scripts.length > bundle.scriptsOf(null).length, `${source} is not in the manifest`);
      let size = 0;
      for (const file of scripts) size += await sizeOf(file);
      t.diagnostic(`${id}: ${size.toFixed(1)} kB in ${scripts.length} files`);
      assert.ok(size <= (id === "overview" ? 45 : 90), `${id}: ${size.toFixed(1)} kB`);
    }
    let all = 0;
    for (const name of await readdir(join(DIST_DIR, "client/assets"))) {
      if (name.endsWith(".js")) all += await sizeOf(`assets/${name}`);
    }
    t.diagnostic(`all: ${all.toFixed(1)} kB`);
    assert.ok(all <= 220, `${all.toFixed(1)} kB`);
  });
});
