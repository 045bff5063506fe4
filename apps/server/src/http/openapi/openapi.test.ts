import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { LightMyRequestResponse } from "fastify";
import { openTestControlStore } from "../../../../../test/harness/controlStore.ts";
import { until } from "../../../../../test/harness/until.ts";
import { otlpJson } from "../../insight/testRig.ts";
import { openRig, type Rig } from "../accessContract/backend.ts";
import { PROBLEMS, type ProblemCode } from "../problem.ts";
import { addPerson, cookieOf, markSetUp } from "../testRig.ts";
import { ROUTE_DOCS } from "./catalogue/index.ts";
import { isDocumented, type OpenApi, type Operation } from "./document.ts";
import { curlOf, exampleOf } from "./docsPage.ts";

const HOST = { host: "localhost" };
const PROBLEM_TYPE = "application/problem+json";

describe("the API document", () => {
  let rig: Rig;
  let document: OpenApi;
  let userId: string;
  let ajv: Ajv2020;
  before(async () => {
    rig = await openRig({ name: "PGlite", open: () => openTestControlStore() });
    await markSetUp(rig.control);
    ({ userId } = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN"));
    const spans = [
      { name: "GET /shop", route: "/shop", durationMs: 20 },
      { name: "GET /shop", route: "/shop", durationMs: 900, isError: true },
      {
        name: "SELECT products",
        kind: 3,
        attributes: {
          "db.system.name": "postgresql",
          "db.query.text": "select * from products where id = 1",
        },
      },
    ];
    const logs = [{ text: "broken", severityNumber: 17, exceptionType: "TypeError" }];
    for (const { signal, body } of otlpJson({
      service: "web",
      version: "1.4.0",
      spans,
      logs,
      gauges: ["heat"],
    })) {
      const answer = await rig.app.inject({
        method: "POST",
        url: `/v1/${signal}`,
        headers: { ...HOST, "x-throughline-project": "default" },
        payload: body,
      });
      assert.equal(answer.statusCode, 200, answer.body);
    }
    await until("everything is stored", async () => rig.engines.ingest.status().oldestUnstoredAgeMs === null);
    const told = await rig.app.inject({ url: "/docs/openapi.json", headers: HOST });
    assert.equal(told.statusCode, 200, told.body);
    document = told.json<OpenApi>();
    ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema(document, "api", false, false);
  });
  after(() => rig.close());

  const operations = (): { method: string; path: string; operation: Operation }[] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    );

  function schemaOf(path: string, method: string, status: number, type: string): ValidateFunction {
    const escape = (part: string): string =>
      encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
    const parts = ["paths", path, method, "responses", String(status), "content", type, "schema"];
    return ajv.compile({ $ref: `api#/${parts.map(escape).join("/")}` });
  }

  test("has every route of the API, and no other, each with its permission, a summary and a good answer", () => {
    const routes = rig.access.routes.filter(
      ({ method, url }) => method !== "HEAD" && method !== "OPTIONS" && isDocumented(url),
    );
    // OTLP answers GET to say that it takes POST; that is no route for anybody.
    const real = routes.filter(({ method, url }) => !url.startsWith("/v1/") || method === "POST");
    const wanted = real.map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
    const found = operations().map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    assert.deepEqual(found.toSorted(), [...new Set(wanted)].toSorted());
    assert.ok(found.length > 80, `${found.length} operations`);
    for (const { method, path, operation } of operations()) {
      const name = `${method.toUpperCase()} ${path}`;
      const route = real.find(
        (each) => each.method === method.toUpperCase() && each.url.replaceAll(/:(\w+)/g, "{$1}") === path,
      );
      assert.equal(operation["x-permission"], route?.permission, name);
      assert.ok(operation.summary.length > 5, name);
      assert.ok(
        Object.keys(operation.responses).some((status) => Number(status) < 400),
        name,
      );
    }
  });

  test("names nothing that does not exist", () => {
    const known = new Set(rig.access.routes.map(({ method, url }) => `${method} ${url}`));
    assert.deepEqual(
      Object.keys(ROUTE_DOCS).filter((name) => !known.has(name)),
      [],
    );
    const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    const shapes = (document.components as { schemas: object }).schemas;
    for (const [, name = ""] of refs) assert.ok(Object.hasOwn(shapes, name), name);
  });

  test("every example can be sent, and its answer is as the document says", async () => {
    const wrong: string[] = [];
    let good = 0;
    for (const { method, path, operation } of operations()) {
      if (operation["x-permission"] === "ingest:write") continue;
      const { url, body } = exampleOf(path, operation);
      const stream = "text/event-stream" in (operation.responses["200"]?.content ?? {});
      const answer = await rig.app.inject({
        method: method.toUpperCase() as "GET",
        url,
        // A session each: some examples end theirs.
        headers: {
          ...HOST,
          ...(stream ? { accept: "text/event-stream" } : {}),
          cookie: await cookieOf(rig.access, userId),
          origin: "http://localhost",
        },
        payloadAsStream: stream,
        ...(body === undefined ? {} : { payload: body as object }),
      });
      if (answer.statusCode < 400) good += 1;
      if (stream) answer.stream().destroy();
      if (stream) assert.equal(answer.statusCode, 200, path);
      const problem = stream ? null : unlike({ method, path, operation }, answer);
      if (problem !== null) wrong.push(`${method.toUpperCase()} ${url}: ${problem}`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(good > 45, `${good} examples had a good answer`);
  });

  /** How an answer differs from what the document says, or null. */
  function unlike(
    { method, path, operation }: { method: string; path: string; operation: Operation },
    answer: LightMyRequestResponse,
  ): string | null {
    const { statusCode } = answer;
    const documented = operation.responses[String(statusCode)];
    if (documented === undefined)
      return `status ${statusCode} is not documented: ${answer.body.slice(0, 300)}`;
    const [type] = String(answer.headers["content-type"] ?? "").split(";");
    if (documented.content === undefined || statusCode === 302) return null;
    if (type === undefined || !(type in documented.content)) return `${statusCode} with ${type}`;
    if (type === PROBLEM_TYPE) {
      const { code } = answer.json<{ code: ProblemCode }>();
      if (!documented.description.includes(`\`${code}\``)) return `code ${code} is not documented`;
      if (PROBLEMS[code].status !== statusCode) return `code ${code} with ${statusCode}`;
      return code === "invalid_query" || code === "internal" ? answer.body : null;
    }
    if (!type.endsWith("json")) return null;
    const validate = schemaOf(path, method, statusCode, type);
    return validate(answer.json()) ? null : ajv.errorsText(validate.errors).slice(0, 400);
  }

  test("the page lists all of it without a script", async () => {
    const page = await rig.app.inject({ url: "/docs", headers: HOST });
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers["content-security-policy"]), /script-src 'self'/);
    assert.doesNotMatch(page.body, /<script|style="|\son\w+="/);
    for (const { path } of operations()) assert.ok(page.body.includes(`<code>${path}</code>`), path);
    const styles = await rig.app.inject({ url: "/docs/docs.css", headers: HOST });
    assert.match(styles.body, /--accent:/);
  });

  test("a command of the page survives quotes in its values", () => {
    const found = operations().find(({ path }) => path === "/livez")?.operation as Operation;
    assert.equal(
      curlOf("GET", "/it's", { ...found, "x-permission": "telemetry:read" }, "http://h"),
      String.raw`curl 'http://h/it'\''s' \
  -H "authorization: Bearer $THROUGHLINE_API_KEY"`,
    );
  });
});
