/** Bootstrap, keys and senders on a real embedded store. */
import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { after, before, test } from "node:test";
import { openTestControlStore, type TestControlStore } from "../../../../test/harness/controlStore.ts";
import type { Authenticate } from "../ingest/receive/authenticate.ts";
import { createSenderAuthenticator, LOOPBACK_KEY_ID } from "./authenticateSender.ts";
import { bootstrap } from "./bootstrap.ts";
import { createIngestKey } from "./createIngestKey.ts";
import { createIngestKeyVerifier, type IngestKeyVerifier } from "./ingestKeys.ts";
import { ingestKeysOfTenant } from "./ingestKeysOfTenant.ts";
import { projectsOfTenant } from "./projectsOfTenant.ts";
import { revokeIngestKey } from "./revokeIngestKey.ts";

let control: TestControlStore;
let tenantId: string;
let firstKey: string;

before(async () => {
  control = await openTestControlStore();
  const installation = await bootstrap(control.store);
  assert.ok(installation.firstIngestKey !== null);
  tenantId = installation.tenantId;
  firstKey = installation.firstIngestKey;
});
after(() => control.dispose());

/** A verifier whose clocks stand still until the test moves them. */
function verifierAt(t: { after(fn: () => Promise<void>): void }) {
  const clock = { wallMs: Date.parse("2026-06-01T00:00:00Z"), monotonicMs: 0 };
  const verifier = createIngestKeyVerifier(control.store, {
    wallClockMs: () => clock.wallMs,
    monotonicMs: () => clock.monotonicMs,
  });
  t.after(() => verifier.close());
  return { clock, verifier };
}

const codeOf = async (verifier: IngestKeyVerifier, key: string | undefined) => {
  const result = await verifier.verify(key);
  return "code" in result ? result.code : "good";
};

const newKey = (input: { readonly expiresAt?: Date } = {}) =>
  createIngestKey(control.store, { tenantId, projectId: "default", name: "test", kind: "server", ...input });

test("the first start makes a tenant, two projects and one key; the next ones find them", async () => {
  assert.match(firstKey, /^tl_ingest_[0-9A-Za-z]{24}$/);
  assert.match(tenantId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  const again = await Promise.all([bootstrap(control.store), bootstrap(control.store)]);
  for (const installation of again) assert.deepEqual(installation, { tenantId, firstIngestKey: null });
  const projects = await control.store.query(
    "select id, name from projects where tenant_id = $1 order by id",
    [tenantId],
  );
  assert.deepEqual(projects, [
    { id: "default", name: "Default" },
    { id: "throughline", name: "Throughline itself" },
  ]);
});

test("the key itself is nowhere in the database", async () => {
  const rows = await control.store.query<{ row: string }>("select ingest_keys::text as row from ingest_keys");
  assert.ok(rows.length >= 1);
  for (const { row } of rows) {
    assert.ok(!row.includes(firstKey.slice("tl_ingest_".length + 4)));
  }
  assert.deepEqual(await control.store.query("select prefix from ingest_keys where name = 'First key'"), [
    { prefix: firstKey.slice(0, 14) },
  ]);
});

test("a tenant lists its projects and keys, another tenant none of them", async () => {
  assert.deepEqual(await projectsOfTenant(control.store, tenantId), [
    { id: "default", name: "Default" },
    { id: "throughline", name: "Throughline itself" },
  ]);
  const { id, key } = await newKey();
  await revokeIngestKey(control.store, tenantId, id);
  const [newest] = await ingestKeysOfTenant(control.store, tenantId);
  assert.ok(newest !== undefined && newest.revokedAt instanceof Date);
  const { createdAt, revokedAt, ...rest } = newest;
  assert.ok(createdAt <= revokedAt);
  assert.deepEqual(rest, {
    id,
    projectId: "default",
    name: "test",
    prefix: key.slice(0, 14),
    kind: "server",
    lastUsedAt: null,
    expiresAt: null,
  });
  assert.deepEqual(await projectsOfTenant(control.store, randomUUIDv7()), []);
  assert.deepEqual(await ingestKeysOfTenant(control.store, randomUUIDv7()), []);
});

test("a good key speaks for its project", async (t) => {
  const { verifier } = verifierAt(t);
  const { id, key } = await newKey();
  assert.deepEqual(await verifier.verify(key), { tenantId, projectId: "default", keyId: id });
});

test("keys are made of enough randomness and never alike", async () => {
  const made = new Set<string>();
  for (let i = 0; i < 50; i++) made.add((await newKey()).key);
  assert.equal(made.size, 50);
});

test("wrong keys are refused with their reason and never repeated in the message", async (t) => {
  const { verifier, clock } = verifierAt(t);
  assert.equal(await codeOf(verifier, undefined), "missing");
  assert.equal(await codeOf(verifier, ""), "missing");
  const almost = `${firstKey.slice(0, -1)}${firstKey.endsWith("A") ? "B" : "A"}`;
  for (const wrong of [
    "x",
    "tl_ingest_",
    `${firstKey} `,
    firstKey.toLowerCase(),
    almost,
    `tl_ingest_${"0".repeat(5000)}`,
  ]) {
    const result = await verifier.verify(wrong);
    assert.ok("code" in result && result.code === "unknown", wrong);
    assert.ok(!result.message.includes(wrong));
  }
  const expiring = await newKey({ expiresAt: new Date(clock.wallMs + 1) });
  await verifier.reload();
  assert.equal(await codeOf(verifier, expiring.key), "good");
  clock.wallMs += 1;
  assert.equal(await codeOf(verifier, expiring.key), "expired");
});

test("revocation works within five seconds without a query per request", async (t) => {
  const { verifier, clock } = verifierAt(t);
  const { id, key } = await newKey();
  assert.equal(await codeOf(verifier, key), "good");
  assert.equal(await revokeIngestKey(control.store, tenantId, id), true);
  assert.equal(await revokeIngestKey(control.store, tenantId, id), false, "already done");
  assert.equal(await revokeIngestKey(control.store, randomUUIDv7(), id), false, "another tenant's key");
  clock.monotonicMs += 3_999;
  assert.equal(await codeOf(verifier, key), "good", "still remembered");
  clock.monotonicMs += 1;
  assert.equal(await codeOf(verifier, key), "revoked");
});

test("a key made elsewhere is found within a second, and floods of invented ones cause no more queries than that", async (t) => {
  const { clock } = verifierAt(t);
  let queries = 0;
  const counting = createIngestKeyVerifier(
    { ...control.store, query: (sql, params) => (queries++, control.store.query(sql, params)) },
    { monotonicMs: () => clock.monotonicMs },
  );
  t.after(() => counting.close());
  assert.equal(await codeOf(counting, firstKey), "good");
  const perLoad = queries;
  const { key } = await newKey();
  for (let i = 0; i < 1_000; i++)
    assert.equal(await codeOf(counting, `tl_ingest_${String(i).padStart(24, "0")}`), "unknown");
  assert.equal(queries, perLoad);
  clock.monotonicMs += 1_000;
  assert.equal(await codeOf(counting, key), "good");
  assert.equal(queries, 2 * perLoad);
});

test("a store that fails does not stop known keys for a minute, then it does", async (t) => {
  const clock = { nowMs: 0 };
  let isDown = false;
  const verifier = createIngestKeyVerifier(
    {
      ...control.store,
      query: async (sql, params) => {
        if (isDown) throw new Error("down");
        return await control.store.query(sql, params);
      },
    },
    { monotonicMs: () => clock.nowMs },
  );
  t.after(async () => {
    isDown = false;
    await verifier.close();
  });
  assert.equal(await codeOf(verifier, firstKey), "good");
  isDown = true;
  clock.nowMs += 59_999;
  assert.equal(await codeOf(verifier, firstKey), "good");
  clock.nowMs += 1;
  await assert.rejects(verifier.verify(firstKey), /control store does not answer/);
  const authenticate = createSenderAuthenticator({ verifier, defaultTenantId: tenantId });
  const answer = await authenticate({
    headers: { "x-throughline-key": firstKey },
    remoteAddress: "10.0.0.1",
  });
  assert.ok("refusal" in answer && answer.refusal.code === "overloaded");
  isDown = false;
  assert.equal(await codeOf(verifier, firstKey), "good", "and recovers by itself");
});

test("the last use is written down lazily and never goes back", async (t) => {
  const { verifier, clock } = verifierAt(t);
  const { id, key } = await newKey();
  const lastUsed = async () =>
    (await control.store.query("select last_used_at from ingest_keys where id = $1", [id]))[0];
  await verifier.verify(key);
  assert.deepEqual(await lastUsed(), { last_used_at: null });
  await verifier.flushUsage();
  assert.deepEqual(await lastUsed(), { last_used_at: new Date(clock.wallMs) });
  const seenAtMs = clock.wallMs;
  clock.wallMs -= 1_000;
  await verifier.verify(key);
  await verifier.flushUsage();
  assert.deepEqual(await lastUsed(), { last_used_at: new Date(seenAtMs) });
});

test("a key for a project of another tenant, or of none, is not made", async () => {
  const input = { name: "x", kind: "server" } as const;
  await assert.rejects(
    createIngestKey(control.store, { ...input, tenantId, projectId: "nowhere" }),
    /foreign key/,
  );
  await assert.rejects(
    createIngestKey(control.store, { ...input, tenantId: randomUUIDv7(), projectId: "default" }),
    /foreign key/,
  );
});

test("who sends: key, loopback, project header, and everybody else", async (t) => {
  const { verifier } = verifierAt(t);
  const authenticate = createSenderAuthenticator({ verifier, defaultTenantId: tenantId });
  const local = { host: "localhost:4318" };
  const ask = (headers: Parameters<Authenticate>[0]["headers"], remoteAddress = "127.0.0.1") =>
    authenticate({ headers, remoteAddress });
  const refused = async (answer: ReturnType<Authenticate>, code: string, words: RegExp) => {
    const result = await answer;
    assert.ok("refusal" in result, JSON.stringify(result));
    assert.equal(result.refusal.code, code);
    assert.match(result.refusal.message, words);
    assert.ok(!result.refusal.message.includes(firstKey.slice(10)));
  };
  const [row] = await control.store.query<{ id: string }>(
    "select id from ingest_keys where name = 'First key'",
  );
  const ours = { tenantId, projectId: "default", keyId: row?.id };

  assert.deepEqual(await ask(local), { tenantId, projectId: "default", keyId: LOOPBACK_KEY_ID });
  assert.deepEqual(await ask({ ...local, "x-throughline-project": "throughline" }), {
    tenantId,
    projectId: "throughline",
    keyId: LOOPBACK_KEY_ID,
  });
  await refused(ask({ ...local, "x-throughline-project": "nope" }), "forbidden", /does not exist/);
  await refused(ask({ ...local, "x-throughline-project": "" }), "forbidden", /does not exist/);

  for (const headers of [
    { authorization: `Bearer ${firstKey}` },
    { authorization: `bearer  ${firstKey}` },
    { "x-throughline-key": firstKey },
    { "x-throughline-key": firstKey, "x-throughline-project": "default" },
  ]) {
    assert.deepEqual(
      await ask({ host: "obs.example.com", ...headers }, "203.0.113.9"),
      ours,
      JSON.stringify(Object.keys(headers)),
    );
  }
  await refused(
    ask({ "x-throughline-key": firstKey, "x-throughline-project": "throughline" }),
    "forbidden",
    /another project/,
  );
  await refused(ask({ authorization: "Basic dXNlcjpwYXNz" }), "unauthenticated", /must read 'Bearer/);
  await refused(ask({ ...local, authorization: "Bearer nonsense" }), "unauthenticated", /not known/);

  await refused(ask(local, "203.0.113.9"), "unauthenticated", /another machine.*key is needed/);
  await refused(ask({ ...local, "x-forwarded-for": "127.0.0.1" }), "unauthenticated", /proxy/);
  await refused(ask({ ...local, origin: "http://localhost:3300" }), "unauthenticated", /web page/);
  await refused(ask({ host: "evil.example" }), "unauthenticated", /Host header/);
});
