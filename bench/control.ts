/**
 * The control store on both backends: opening, one statement, one durable commit, one transaction as a tenant, and the
 * check of an ingest key. Medians of one run: `node bench/control.ts`. PostgreSQL is started from /usr/lib/postgresql.
 */
import { randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap } from "../apps/server/src/access/bootstrap.ts";
import { createIngestKeyVerifier } from "../apps/server/src/access/ingestKeys.ts";
import { openControlStore, type ControlStore } from "../apps/server/src/engines/control/index.ts";
import { startPostgres } from "../test/harness/postgres.ts";

const ROUNDS = 500;

console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}`);
const dataDir = await mkdtemp(join(tmpdir(), "throughline-bench-control-"));
const bareRssMib = process.memoryUsage().rss / 2 ** 20;
try {
  const created = await timed(() => openControlStore({ dataDir }));
  await created.value.close();
  const opened = await timed(() => openControlStore({ dataDir }));
  console.log(`\nPGlite: first open ${created.ms.toFixed(0)} ms, later ${opened.ms.toFixed(0)} ms`);
  await measure(opened.value);
  const rssMib = process.memoryUsage().rss / 2 ** 20;
  console.log(`  resident memory added          ${(rssMib - bareRssMib).toFixed(0)} MiB`);
  await measureRecovery(opened.value);
  const closed = await timed(() => opened.value.close());
  console.log(`  close                          ${closed.ms.toFixed(0)} ms`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

const server = await startPostgres();
try {
  const databaseUrl = await server.createDatabase();
  const opened = await timed(() => openControlStore({ dataDir, databaseUrl }));
  console.log(`\nPostgreSQL: first open with migrations ${opened.ms.toFixed(0)} ms`);
  await measure(opened.value);
  await opened.value.close();
} finally {
  await server.stop();
}

async function measure(store: ControlStore): Promise<void> {
  const { tenantId, firstIngestKey } = await bootstrap(store);
  await store.query("create table bench (id uuid primary key, n int)");
  await median("select by key", () => store.query("select name from tenants where id = $1", [tenantId]));
  await median("insert, durable commit", (n) =>
    store.query("insert into bench values ($1, $2)", [randomUUIDv7(), n]),
  );
  await median("read as a tenant", () =>
    store.asTenant(tenantId, (tx) => tx.query("select id from projects")),
  );
  const many = await timed(() =>
    Promise.all(
      Array.from({ length: 200 }, () =>
        store.asTenant(tenantId, (tx) => tx.query("select id from projects")),
      ),
    ),
  );
  console.log(`  200 reads as a tenant at once  ${many.ms.toFixed(0)} ms`);
  const verifier = createIngestKeyVerifier(store);
  const key = firstIngestKey ?? "";
  await verifier.verify(key);
  const checks = await timed(async () => {
    for (let n = 0; n < 50_000; n++) await verifier.verify(key);
  });
  console.log(`  check of an ingest key         ${((checks.ms / 50_000) * 1000).toFixed(2)} µs`);
  await verifier.close();
}

/** How long everybody waits when a runaway statement costs the worker thread its life, beyond the limit itself. */
async function measureRecovery(store: ControlStore): Promise<void> {
  const runaway = store
    .query("select count(*) from generate_series(1, 100000000000) as n")
    .catch(() => undefined);
  await runaway;
  const { ms } = await timed(() => store.query("select 1"));
  console.log(`  first answer after a runaway   ${ms.toFixed(0)} ms`);
}

async function median(name: string, work: (n: number) => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < ROUNDS; n++) times.push((await timed(() => work(n))).ms);
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  console.log(`  ${name.padEnd(30)} ${at(0.5)} ms median, ${at(0.95)} ms p95`);
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startedAt = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedAt };
}
