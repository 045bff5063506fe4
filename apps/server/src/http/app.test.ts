import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { problem, RangeError400 } from "@throughline/contract";
import type { FastifyInstance } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import pino from "pino";
import { z } from "zod";
import { TelemetryError } from "../engines/telemetry/index.ts";
import { createHttpApp } from "./app.ts";
import { ProblemError, PROBLEMS } from "./problem.ts";

const config = { permission: "public" } as const;

async function appWith(plugin: FastifyPluginAsyncZod): Promise<FastifyInstance> {
  const app = await createHttpApp(pino({ level: "silent" }));
  await app.register(plugin);
  return app;
}

async function failing(error: Error) {
  const app = await appWith(async (scope) => {
    scope.get("/fails", { config }, () => {
      throw error;
    });
  });
  const answer = await app.inject("/fails");
  return { answer, body: problem.parse(answer.json()) };
}

describe("refusals on HTTP", () => {
  test("an unknown address answers with a problem document", async () => {
    const app = await createHttpApp(pino({ level: "silent" }));
    const answer = await app.inject("/nowhere?secret=1");
    assert.equal(answer.statusCode, 404);
    assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    const body = problem.parse(answer.json());
    assert.equal(body.code, "not_found");
    assert.doesNotMatch(answer.body, /secret/);
  });

  test("wrong parameters are listed each", async () => {
    const app = await appWith(async (scope) => {
      const querystring = z.object({ limit: z.coerce.number().int().max(10), kind: z.enum(["a", "b"]) });
      scope.get("/list", { config, schema: { querystring } }, () => "unreached");
    });
    const answer = await app.inject("/list?limit=11&kind=c");
    assert.equal(answer.statusCode, 400);
    const body = problem.parse(answer.json());
    assert.equal(body.code, "invalid_query");
    assert.deepEqual(body.errors?.map(({ path }) => path).toSorted(), ["kind", "limit"]);
  });

  test("a time range that can't be used is the caller's fault", async () => {
    const { answer, body } = await failing(new RangeError400("The range ends before it starts."));
    assert.equal(answer.statusCode, 400);
    assert.equal(body.code, "invalid_range");
  });

  test("a slow question and a store that is away say when to try again", async () => {
    for (const [code, expected] of [
      ["timeout", "query_timeout"],
      ["unavailable", "store_unavailable"],
      ["memory", "store_unavailable"],
    ] as const) {
      const { answer, body } = await failing(new TelemetryError(code, "the engine's words"));
      assert.equal(answer.statusCode, 503);
      assert.equal(body.code, expected);
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
  });

  test("our own fault tells nothing of the inside", async () => {
    for (const error of [
      new Error("SELECT secret FROM spans"),
      new TelemetryError("statement", "Unknown column secret"),
    ]) {
      const { answer, body } = await failing(error);
      assert.equal(answer.statusCode, 500);
      assert.equal(body.code, "internal");
      assert.doesNotMatch(answer.body, /secret/);
    }
  });

  test("a thrown problem keeps its code and its advice", async () => {
    const { answer, body } = await failing(
      new ProblemError("too_many_connections", "Close a page.", { retryAfterSeconds: 3 }),
    );
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.headers["retry-after"], "3");
    assert.equal(body.detail, "Close a page.");
  });

  test("a route without a permission keeps the app from starting", async () => {
    const app = await appWith(async (scope) => {
      scope.get("/open", () => "everybody");
    });
    await assert.rejects(async () => await app.ready(), /GET,?.*\/open/);
  });

  test("every code is explained in docs/errors.md", async () => {
    const text = await readFile(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
    for (const [code, { status }] of Object.entries(PROBLEMS)) {
      assert.match(text, new RegExp(`\\| \`${code}\` \\| ${status} \\|`), code);
    }
  });
});
