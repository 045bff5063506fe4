/** Source maps on the product as main.ts composes it: uploaded with an API key, used where code is shown, refused when hostile. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import { sourceMapList, sourceMapRow, visit, vitalsPage } from "@throughline/contract";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

const OWNER = { email: "ada@example.com", password: "correct horse battery staple" };
const FILE = "http://localhost:3000/app.js";
let product: TestProduct;
let cookie = "";
let key = "";

before(async () => {
  product = await openTestProduct({
    THROUGHLINE_OWNER_EMAIL: OWNER.email,
    THROUGHLINE_OWNER_PASSWORD: OWNER.password,
  });
  const signedIn = await ask("POST", "/api/auth/sign-in/email", OWNER);
  cookie = signedIn.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  key = await makeKey(["source-maps:write", "telemetry:read"]);
});
after(() => product.close());

async function ask(method: "GET" | "POST" | "DELETE", url: string, payload?: object, secret?: string) {
  return await product.ask({
    method,
    url,
    headers: {
      ...(payload === undefined ? {} : { "content-type": "application/json" }),
      ...(secret === undefined
        ? { origin: "http://localhost", cookie }
        : { authorization: `Bearer ${secret}` }),
    },
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
  });
}

async function makeKey(scopes: readonly string[]): Promise<string> {
  const made = await ask("POST", "/api/api-keys", { name: scopes.join(), scopes });
  assert.equal(made.statusCode, 200, made.body);
  return made.json().key;
}

const upload = (body: object, secret = key) => ask("POST", "/api/source-maps", body, secret);

/** Line 3, column 14 of the bundle is src/cart.ts:12:5; the second line begins with src/main.ts:1:1. */
function realMap() {
  const map = new GenMapping({ file: "app.js" });
  addMapping(map, {
    generated: { line: 2, column: 0 },
    source: "src/main.ts",
    original: { line: 1, column: 0 },
  });
  addMapping(map, {
    generated: { line: 3, column: 13 },
    source: "src/cart.ts",
    original: { line: 12, column: 4 },
    name: "buyNow",
  });
  return { ...toEncodedMap(map), sourcesContent: ["secret source", "secret source"] };
}
const CODE = `"use strict";\nfunction main(){}\nfunction buy(){/* … */ slow() }\n`;

async function sendVisit(sessionId: string, release: string): Promise<void> {
  const page = { sessionId, pageViewId: `view-${sessionId}`, pageUrl: "http://localhost:3000/cart", release };
  const made = await ask("POST", "/api/ingest-keys", {
    name: sessionId,
    projectId: "default",
    kind: "browser",
    allowedOrigins: ["http://localhost:3000"],
  });
  const sent = await product.ask({
    method: "POST",
    url: `/api/events?key=${made.json().key}`,
    headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
    payload: JSON.stringify({
      ...page,
      items: [
        { type: "page_view", timeMs: Date.now(), navigationType: "navigate" },
        {
          type: "error",
          timeMs: Date.now(),
          name: "TypeError",
          message: "no",
          stack: `TypeError: no\n    at buy (${FILE}:3:14)`,
          isHandled: false,
        },
        {
          type: "long_animation_frame",
          timeMs: Date.now(),
          durationMs: 300,
          blockingDurationMs: 250,
          scripts: [
            {
              sourceUrl: FILE,
              functionName: "buy",
              charPosition: CODE.indexOf("{/*") - 1,
              invoker: "BUTTON.onclick",
              invokerType: "event-listener",
              durationMs: 290,
              forcedStyleAndLayoutDurationMs: 0,
            },
          ],
        },
      ],
    }),
  });
  assert.equal(sent.statusCode, 200, sent.body);
  const stored = await ask("GET", "/api/web-vitals?project=default&verify=true");
  assert.equal(stored.json().isVerified, true);
}

async function originals(sessionId: string) {
  const answer = await ask("GET", `/api/visits/${sessionId}?project=default`);
  assert.equal(answer.statusCode, 200, answer.body);
  const items = visit.parse(answer.json()).pageViews.flatMap((view) => view.items);
  const error = items.find(({ type }) => type === "error");
  const frame = items.find(({ type }) => type === "long_frame");
  assert.ok(error?.type === "error" && frame?.type === "long_frame");
  return { error: error.frames[0]?.original, frame: frame.scripts[0]?.original };
}

describe("source maps", () => {
  it("name the very line of the code, in stacks and for scripts that blocked", async () => {
    const made = await upload({ release: "1.0.0", fileUrl: `${FILE}?v=1`, map: realMap(), code: CODE });
    assert.equal(made.statusCode, 201, made.body);
    assert.equal(sourceMapRow.parse(made.json()).fileUrl, FILE);
    await sendVisit("session-mapped", "1.0.0");
    const place = { source: "src/cart.ts", line: 12, column: 5, name: "buyNow" };
    assert.deepEqual(await originals("session-mapped"), { error: place, frame: place });
  });

  it("name the line in what a slow interaction is put down to", async () => {
    const made = await ask("POST", "/api/ingest-keys", {
      name: "interactions",
      projectId: "default",
      kind: "browser",
      allowedOrigins: ["http://localhost:3000"],
    });
    const vitals = Array.from({ length: 8 }, (_, index) => ({
      name: "INP",
      value: 700,
      id: `inp-${index}`,
      pageUrl: "http://localhost:3000/slow-button",
      release: "1.0.0",
      timeMs: Date.now(),
      attribution: {
        interactionTarget: "button.buy",
        processingDuration: 650,
        longestScriptUrl: FILE,
        longestScriptCharPosition: CODE.indexOf("{/*") - 1,
      },
    }));
    const sent = await product.ask({
      method: "POST",
      url: `/api/web-vitals?key=${made.json().key}`,
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      payload: JSON.stringify(vitals),
    });
    assert.equal(sent.statusCode, 200, sent.body);
    const answer = await ask("GET", "/api/web-vitals?project=default&page=/slow-button&verify=true");
    const [inp] = vitalsPage.parse(answer.json()).vitals;
    assert.match(inp?.diagnosis ?? "", /button\.buy.*The longest script is src\/cart\.ts:12/);
    assert.match(inp?.suggestedFix ?? "", /cart\.ts:12/);
  });

  it("are found by the file's path as well, and the newest upload counts", async () => {
    for (const source of ["src/old.ts", "src/new.ts"]) {
      const map = new GenMapping();
      addMapping(map, { generated: { line: 3, column: 0 }, source, original: { line: 7, column: 0 } });
      const made = await upload({ release: "2.0.0", fileUrl: "/app.js", map: toEncodedMap(map) });
      assert.equal(made.statusCode, 201, made.body);
    }
    await sendVisit("session-by-path", "2.0.0");
    const { error, frame } = await originals("session-by-path");
    assert.deepEqual(error, { source: "src/new.ts", line: 7, column: 1, name: null });
    assert.equal(frame, null, "a position in a file of many lines says nothing without the file");
  });

  it("of another release are not used", async () => {
    await sendVisit("session-unmapped", "9.9.9");
    assert.deepEqual(await originals("session-unmapped"), { error: null, frame: null });
  });

  it("are listed, and deleted with a line in the audit log", async () => {
    const list = async () => sourceMapList.parse((await ask("GET", "/api/source-maps")).json()).sourceMaps;
    const [first] = await list();
    assert.equal((await list()).length, 2);
    const answer = await ask("DELETE", `/api/source-maps/${first?.id}`, undefined, key);
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal((await list()).length, 1);
    const again = await ask("DELETE", `/api/source-maps/${first?.id}`);
    assert.deepEqual([again.statusCode, again.json().code], [404, "unknown_source_map"]);
    const audit = JSON.stringify((await ask("GET", "/api/audit")).json());
    assert.match(audit, /source-map\.upload/);
    assert.match(audit, /source-map\.delete/);
    assert.doesNotMatch(audit, /secret source/);
  });

  it("that are hostile are refused, saying why", async () => {
    const plain = { version: 3, sources: ["a.ts"], names: [], mappings: "AAAA" };
    const nested = {
      version: 3,
      sections: [{ offset: { line: 0, column: 0 }, map: { version: 3, sections: [] } }],
    };
    const hostile: [string, unknown, RegExp][] = [
      ["not a map", "hello", /map/],
      ["another version", { ...plain, version: 2 }, /version/],
      ["binary", { ...plain, mappings: "\u0000\u0001\u00ff" }, /not base 64 VLQ/],
      ["sections in sections", nested, /sections/],
      ["no sections", { version: 3, sections: [] }, /sections/],
      [
        "sections far away",
        { version: 3, sections: [{ offset: { line: 1e7, column: 0 }, map: plain }] },
        /beyond line/,
      ],
      ["too many segments", { ...plain, mappings: ";".repeat(2_100_000) }, /segments/],
      ["too many sources", { ...plain, sources: Array.from({ length: 20_001 }, () => "a") }, /sources/],
    ];
    for (const [what, map, why] of hostile) {
      const answer = await upload({ release: "3.0.0", fileUrl: "/x.js", map });
      assert.deepEqual(
        [answer.statusCode, answer.json().code],
        [400, "invalid_input"],
        `${what}: ${answer.body}`,
      );
      assert.match(answer.json().detail, why, what);
    }
    const huge = await upload({
      release: "3.0.0",
      fileUrl: "/x.js",
      map: plain,
      code: " ".repeat(49 * 1024 * 1024),
    });
    assert.equal(huge.statusCode, 413);
  });

  it("with places that are nowhere in their sources show nothing", async () => {
    // The first segment names source number 1000.
    const map = { version: 3, sources: ["a.ts"], names: [], mappings: ";;Aw+BAA" };
    const made = await upload({ release: "4.0.0", fileUrl: "/app.js", map });
    assert.equal(made.statusCode, 201, made.body);
    await sendVisit("session-nowhere", "4.0.0");
    assert.equal((await originals("session-nowhere")).error, null);
  });

  it("want the scope, and a project that the key may see", async () => {
    const reader = await makeKey(["telemetry:read"]);
    const body = {
      release: "1",
      fileUrl: "/x.js",
      map: { version: 3, sources: [], names: [], mappings: "" },
    };
    assert.equal((await upload(body, reader)).statusCode, 403);
    const elsewhere = await upload({ ...body, project: "nobody" });
    assert.deepEqual([elsewhere.statusCode, elsewhere.json().code], [404, "unknown_project"]);
  });
});
