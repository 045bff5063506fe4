/** Deployments through the front door: told once or twice, by keys and people, badly, and by strangers. */
import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { deploymentAnswer, deploymentPage, markerPage, overview, problem } from "@throughline/contract";
import type { InjectOptions } from "fastify";
import { openTestControlStore } from "../../../../../test/harness/controlStore.ts";
import { until } from "../../../../../test/harness/until.ts";
import type { ActionName } from "../../access/index.ts";
import { hashOfApiKey, makeApiKey } from "../../access/keys/apiKeyFormat.ts";
import { otlpJson } from "../../insight/testRig.ts";
import { openRig, type Rig } from "../accessContract/backend.ts";
import { addPerson, cookieOf, fromElsewhere, markSetUp } from "../testRig.ts";

let rig: Rig;
let otherTenantId: string;
let pipeline: Record<string, string>;
let reader: Record<string, string>;
before(async () => {
  rig = await openRig({ name: "PGlite", open: () => openTestControlStore() });
  otherTenantId = randomUUIDv7();
  await rig.control.query("insert into tenants (id, name) values ($1, 'Other')", [otherTenantId]);
  await rig.control.query(
    "insert into projects (id, tenant_id, name) values ('default', $1, 'D'), ('shop', $1, 'S')",
    [otherTenantId],
  );
  await markSetUp(rig.control);
  pipeline = await keyOf(rig.tenantId, ["deployments:write", "deployments:read"]);
  reader = await keyOf(rig.tenantId, ["deployments:read", "telemetry:read"]);
});
after(() => rig.close());

async function keyOf(tenantId: string, scopes: readonly ActionName[], projectIds: string[] | null = null) {
  const { userId } = await addPerson(rig.control, tenantId, "ADMIN");
  const key = makeApiKey();
  await rig.control.query(
    `insert into api_keys (id, tenant_id, name, prefix, hash, scopes, created_by, project_ids)
     values ($1, $2, 'k', 'tl_api_', $3, $4, $5, $6)`,
    [randomUUIDv7(), tenantId, Buffer.from(hashOfApiKey(key), "hex"), scopes, userId, projectIds],
  );
  await rig.access.apiKeys.reload();
  return { authorization: `Bearer ${key}` };
}

const ask = (headers: Record<string, string>, options: InjectOptions) =>
  fromElsewhere(rig.app, { ...options, headers });
const say = (body: object, headers = pipeline) =>
  ask(headers, { method: "POST", url: "/api/deployments", payload: { project: "default", ...body } });

async function told(body: object, status: 200 | 201) {
  const answer = await say(body);
  assert.equal(answer.statusCode, status, answer.body);
  return deploymentAnswer.parse(answer.json()).deployment;
}

async function list(query = "", headers = pipeline) {
  const answer = await ask(headers, { url: `/api/deployments?project=default${query}` });
  assert.equal(answer.statusCode, 200, answer.body);
  return deploymentPage.parse(answer.json());
}

async function auditLines(id: string): Promise<readonly { action: string; result: string }[]> {
  return await rig.control.query<{ action: string; result: string }>(
    "select action, result from audit_log where tenant_id = $1 and target_id = $2 order by id",
    [rig.tenantId, id],
  );
}

const START = "2026-05-31T12:00:00Z";
const START_MS = Date.parse(START);

describe("POST /api/deployments", () => {
  it("keeps what was said, and one deployment however often it is said", async () => {
    const said = {
      id: "run-1",
      service: "shop-api",
      release: "1.4.0",
      environment: "production",
      gitSha: "0a1b2c3d4e5f",
      branch: "main",
      author: "Ada",
      source: "github-actions",
      url: "https://github.com/o/r/actions/runs/1",
      message: "Faster search\n\nWith an index.",
      status: "succeeded",
      startedAt: START,
      finishedAt: START_MS + 90_000,
    };
    const first = await told(said, 201);
    const { startedAt: _, finishedAt: __, ...texts } = said;
    assert.deepEqual(first, {
      ...texts,
      startedAtMs: START_MS,
      finishedAtMs: START_MS + 90_000,
      durationMs: 90_000,
    });
    assert.deepEqual(await told(said, 200), first);
    assert.deepEqual(await auditLines("run-1"), [{ action: "deployment.record", result: "done" }]);
    assert.deepEqual((await list("&release=1.4.0")).deployments, [first]);
  });

  it("goes from started to its end, and what was left out stays", async () => {
    const started = await told(
      { id: "run-2", service: "web", release: "2", status: "started", startedAt: START },
      201,
    );
    assert.deepEqual([started.status, started.finishedAtMs, started.durationMs], ["started", null, null]);
    const changed = await ask(pipeline, {
      method: "PATCH",
      url: "/api/deployments/run-2",
      payload: { project: "default", status: "failed", finishedAt: START_MS + 1000 },
    });
    assert.equal(changed.statusCode, 200, changed.body);
    const ended = deploymentAnswer.parse(changed.json()).deployment;
    assert.deepEqual(
      [ended.status, ended.service, ended.release, ended.durationMs],
      ["failed", "web", "2", 1000],
    );
    // The pipeline's first message comes again, late.
    const late = await told({ id: "run-2", status: "started", message: "late" }, 200);
    assert.deepEqual([late.status, late.message, late.finishedAtMs], ["failed", "late", START_MS + 1000]);
    const other = await say({ id: "run-2", status: "succeeded" });
    assert.equal(other.statusCode, 409);
    assert.match(problem.parse(other.json()).detail ?? "", /ended as failed/);
    assert.deepEqual(
      (await auditLines("run-2")).map(({ result }) => result),
      ["done", "done", "done", "refused"],
    );
  });

  it("does not say how long it took when only the end was told", async () => {
    const { durationMs, startedAtMs, finishedAtMs } = await told({ release: "3", finishedAt: START }, 201);
    assert.deepEqual([durationMs, startedAtMs, finishedAtMs], [null, START_MS, START_MS]);
  });

  it("says of one deployment what several messages at once said", async () => {
    const answers = await Promise.all(
      ["service", "release", "branch", "author"].map((name) =>
        say({ id: "run-3", status: "started", startedAt: START, [name]: name }),
      ),
    );
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [200, 200, 200, 201]);
    const one = (await list("&limit=200")).deployments.find(({ id }) => id === "run-3");
    assert.deepEqual(
      [one?.service, one?.release, one?.branch, one?.author],
      ["service", "release", "branch", "author"],
    );
  });

  it("refuses what it can't believe, with the reason, and keeps nothing of it", async () => {
    const before = (await list("&limit=200")).deployments.length;
    const bodies: readonly (readonly [object, RegExp])[] = [
      [{ status: "done" }, /status/],
      [{ version: "1" }, /version/],
      [{ id: "a b" }, /id/],
      [{ id: "x".repeat(201) }, /id/],
      [{ gitSha: "not a sha" }, /gitSha/],
      [{ url: "javascript:alert(1)" }, /url/],
      [{ release: "1\n2" }, /release/],
      [{ startedAt: "yesterday" }, /startedAt/],
      [{ startedAt: "0001-01-01T00:00:00Z" }, /startedAt/],
      [{ startedAt: START, finishedAt: START_MS - 1 }, /finishedAt/],
      [{ status: "started", finishedAt: START }, /ended/],
      [{ message: "x".repeat(2001) }, /message/],
      [{ service: ["a"] }, /service/],
    ];
    for (const [body, expected] of bodies) {
      const answer = await say(body);
      assert.equal(answer.statusCode, 400, JSON.stringify(body));
      assert.match(answer.body, expected, JSON.stringify(body));
    }
    const unreadable = await ask(
      { ...pipeline, "content-type": "application/json" },
      { method: "POST", url: "/api/deployments", payload: "{" },
    );
    assert.equal(unreadable.statusCode, 400);
    assert.equal((await list("&limit=200")).deployments.length, before);
    const lone = await told(
      { id: "odd-text", message: "half \ud800 and \0 nul", startedAt: START, finishedAt: START },
      201,
    );
    assert.equal(lone.message, "half \ufffd and  nul");
  });

  it("lets only those record who may, and only in projects that they see", async () => {
    const viewer = await addPerson(rig.control, rig.tenantId, "VIEWER");
    const admin = await addPerson(rig.control, rig.tenantId, "ADMIN");
    const statusOf = async (headers: Record<string, string>, body: object = {}) =>
      (await say({ id: "who", startedAt: START, finishedAt: START, ...body }, headers)).statusCode;
    assert.equal(await statusOf({}), 401);
    assert.equal(await statusOf(reader), 403);
    assert.equal(await statusOf({ cookie: await cookieOf(rig.access, viewer.userId) }), 403);
    assert.equal(await statusOf(pipeline, { project: "shop" }), 404);
    assert.equal(await statusOf(await keyOf(rig.tenantId, ["deployments:write"], ["default"])), 201);
    const page = { cookie: await cookieOf(rig.access, admin.userId), origin: "http://203.0.113.1:3300" };
    assert.equal(await statusOf(page, { id: "by-a-person" }), 201);
  });

  it("keeps organisations apart: the same id is another deployment, and nobody sees the other's", async () => {
    const stranger = await keyOf(otherTenantId, ["deployments:write", "deployments:read", "telemetry:read"]);
    const theirs = await say({ id: "run-1", release: "theirs", startedAt: START }, stranger);
    assert.equal(theirs.statusCode, 201, theirs.body);
    assert.equal((await list("&limit=200")).deployments.find(({ id }) => id === "run-1")?.release, "1.4.0");
    assert.deepEqual(
      (await list("", stranger)).deployments.map(({ release }) => release),
      ["theirs"],
    );
    const patch = await ask(stranger, {
      method: "PATCH",
      url: "/api/deployments/run-2",
      payload: { project: "default", message: "x" },
    });
    assert.equal(problem.parse(patch.json()).code, "unknown_deployment");
    const unread = await rig.control.asTenant(otherTenantId, (tx) =>
      tx.query<{ n: string }>("select count(*)::text as n from deployments"),
    );
    assert.equal(unread[0]?.n, "1");
  });
});

describe("GET /api/deployments", () => {
  it("pages through all of them once, newest first, and filters", async () => {
    for (const [index, status] of ["succeeded", "failed", "succeeded", "cancelled", "succeeded"].entries()) {
      // Two start at the same time.
      const startedAt = START_MS + Math.floor(index / 2) * 1000;
      await told(
        {
          id: `page-${index}`,
          service: "pages",
          environment: "staging",
          status,
          startedAt,
          finishedAt: START_MS + 9000,
        },
        201,
      );
    }
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await list(`&service=pages&limit=2${cursor}`);
      seen.push(...page.deployments.map(({ id }) => id));
      cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    assert.deepEqual(seen, ["page-4", "page-3", "page-2", "page-1", "page-0"]);
    assert.deepEqual(
      (await list("&service=pages&status=failed")).deployments.map(({ id }) => id),
      ["page-1"],
    );
    assert.deepEqual((await list("&environment=elsewhere")).deployments, []);
    assert.deepEqual((await list("&service=pages&range=1h")).deployments, []);
    const inRange = await list(`&service=pages&from=${START_MS + 1000}&to=${START_MS + 1001}`);
    // The range is widened to whole minutes.
    assert.equal(inRange.deployments.length, 5);
    const forged = await ask(pipeline, { url: "/api/deployments?cursor=eyJhIjoxfQ" });
    assert.equal(problem.parse(forged.json()).code, "invalid_cursor");
  });
});

describe("markers", () => {
  it("are deployments and the releases that were first seen, each event once, and stand in the pages' answers", async () => {
    const now = Date.now();
    const send = async (service: string, version: string, agoMs: number) => {
      for (const { signal, body } of otlpJson({ service, version, spans: [{ name: "GET /", agoMs }] })) {
        const answer = await rig.app.inject({
          method: "POST",
          url: `/v1/${signal}`,
          headers: {
            host: "localhost",
            "content-type": "application/json",
            "x-throughline-project": "default",
          },
          payload: body,
        });
        assert.equal(answer.statusCode, 200, answer.body);
      }
    };
    await send("api", "1", 40 * 60_000);
    await send("api", "2", 30 * 60_000);
    await send("api", "3", 20 * 60_000);
    await send("web", "1", 10 * 60_000);
    await told(
      { id: "m-1", service: "api", release: "3", status: "succeeded", finishedAt: now - 21 * 60_000 },
      201,
    );
    await told(
      { id: "m-2", release: "x", environment: "production", status: "failed", finishedAt: now - 5 * 60_000 },
      201,
    );
    await until("spans are stored", async () => rig.engines.ingest.status().oldestUnstoredAgeMs === null);
    const read = async (query: string) => {
      const answer = await ask(reader, { url: `/api/markers?project=default&range=1h${query}` });
      assert.equal(answer.statusCode, 200, answer.body);
      return markerPage.parse(answer.json()).markers;
    };
    const all = await read("");
    assert.deepEqual(
      all.map(({ kind, label }) => [kind, label]),
      [
        ["release", "api 2 first seen"],
        ["deployment", "api 3 deployed"],
        ["deployment", "x deployment failed to production"],
      ],
    );
    assert.deepEqual(
      (await read("&service=web")).map(({ id }) => id),
      ["deployment:m-2"],
    );
    const page = await ask(reader, { url: "/api/overview?project=default&range=1h" });
    assert.deepEqual(overview.parse(page.json()).markers, all);
  });
});
