import assert from "node:assert/strict";
import { test } from "node:test";
import fastify from "fastify";
import { problem } from "@throughline/contract";
import { accessPlugin } from "./accessPlugin.ts";

const LOCAL = { host: "localhost:3300" };

async function appWithRoutes() {
  const app = fastify();
  await app.register(accessPlugin);
  app.get("/public", { config: { permission: "public" } }, async () => "open");
  app.get("/read", { config: { permission: "telemetry:read" } }, async () => "data");
  app.get("/system", { config: { permission: "system:read" } }, async () => "health");
  app.post("/v1/traces", { config: { permission: "ingest:write" } }, async () => "taken");
  return app;
}

test("this machine reads everything", async () => {
  const app = await appWithRoutes();
  for (const url of ["/public", "/read", "/system"]) {
    const answer = await app.inject({ url, headers: LOCAL });
    assert.equal(answer.statusCode, 200, url);
  }
});

test("another machine gets what is public and a problem that says what to do", async () => {
  const app = await appWithRoutes();
  const ask = (url: string) => app.inject({ url, headers: LOCAL, remoteAddress: "203.0.113.9" });
  assert.equal((await ask("/public")).statusCode, 200);
  assert.equal((await ask("/nowhere")).statusCode, 404);
  for (const url of ["/read", "/system"]) {
    const answer = await ask(url);
    assert.equal(answer.statusCode, 401);
    assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
    const body = problem.parse(answer.json());
    assert.equal(body.code, "sign_in_required");
    assert.match(body.detail ?? "", /only the machine it runs on.*another machine/);
  }
  assert.equal(
    (await app.inject({ method: "HEAD", url: "/read", headers: LOCAL, remoteAddress: "203.0.113.9" }))
      .statusCode,
    401,
  );
});

test("a foreign page, name or proxy on this machine is another machine", async () => {
  const app = await appWithRoutes();
  for (const headers of [
    { host: "evil.example" },
    { ...LOCAL, origin: "https://evil.example" },
    { ...LOCAL, "x-forwarded-for": "127.0.0.1" },
  ]) {
    const answer = await app.inject({ url: "/read", headers });
    assert.equal(answer.statusCode, 401, JSON.stringify(headers));
  }
});

test("ingest routes look after their senders themselves", async () => {
  const app = await appWithRoutes();
  const answer = await app.inject({ method: "POST", url: "/v1/traces", remoteAddress: "203.0.113.9" });
  assert.equal(answer.statusCode, 200);
});

test("routes that declare no permission, or one that does not exist, stop the start and are all named", async () => {
  const app = await appWithRoutes();
  app.get("/forgotten", async () => "?");
  app.delete("/also", { config: {} }, async () => "?");
  await app.register(async (inner) => {
    inner.get("/nested", async () => "?");
  });
  const invented: { permission?: "public" } = JSON.parse('{"permission":"toString"}');
  app.get("/invented", { config: invented }, async () => "?");
  await assert.rejects(
    async () => await app.ready(),
    (error) => {
      assert.ok(error instanceof Error);
      for (const route of ["GET /forgotten", "DELETE /also", "GET /nested", "GET /invented"]) {
        assert.ok(error.message.includes(route), `${route} is missing in: ${error.message}`);
      }
      assert.ok(!error.message.includes("/public"));
      return true;
    },
  );
});

test("a plugin may give its routes their permission in a hook of its own", async () => {
  const app = await appWithRoutes();
  await app.register(async (inner) => {
    inner.addHook("onRoute", (route) => {
      route.config = { ...route.config, permission: "telemetry:read" };
    });
    inner.get("/foreign", async () => "?");
  });
  await app.ready();
  const answer = await app.inject({ url: "/foreign", headers: LOCAL, remoteAddress: "203.0.113.9" });
  assert.equal(answer.statusCode, 401, "and it is enforced");
});
