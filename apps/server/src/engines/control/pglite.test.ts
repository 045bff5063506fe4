/** What can only go wrong inside one process: syncs that don't happen, two openers, kill -9, a thread that dies. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { copyEmptyCluster } from "../../../../../test/harness/controlStore.ts";
import { DEFAULT_CONTROL_LIMITS } from "./connection.ts";
import { ControlError, openControlStore } from "./index.ts";
import { openPglite } from "./pglite.ts";

const WRITER = fileURLToPath(new URL("./pgliteWriter.fixture.ts", import.meta.url));
const KILL_ROUNDS = 12;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-pglite-"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function emptyStoreIn(name: string, limits = DEFAULT_CONTROL_LIMITS) {
  const dir = join(folder, name);
  await copyEmptyCluster(dir);
  return await openPglite(dir, limits);
}

test("every commit is forced to disk", async () => {
  const store = await emptyStoreIn("syncs");
  try {
    await store.query("create table t (n int)");
    const before = await store.syncCount();
    for (let n = 0; n < 100; n++) await store.query("insert into t values ($1)", [n]);
    const perCommit = ((await store.syncCount()) - before) / 100;
    assert.ok(perCommit >= 1, `${perCommit} syncs a commit`);
    const beforeReads = await store.syncCount();
    for (let n = 0; n < 100; n++) await store.query("select count(*) from t");
    assert.ok((await store.syncCount()) - beforeReads <= 5, "reads don't sync");
  } finally {
    await store.close();
  }
});

test("a second opener is refused in one sentence, in this process and in another, until the first closes", async () => {
  const dataDir = join(folder, "twice");
  await copyEmptyCluster(join(dataDir, "control"));
  const first = await openControlStore({ dataDir });
  await assert.rejects(openControlStore({ dataDir }), { name: "DirectoryInUseError", message: /^[^\n]+$/ });
  const writer = startWriter(dataDir);
  const [code] = await once(writer.child, "exit");
  assert.notEqual(code, 0);
  assert.match(writer.stderr(), /DirectoryInUseError/);
  await first.close();
  const second = await openControlStore({ dataDir });
  await second.close();
});

test("rows that were acknowledged survive kill -9, and half transactions don't", async () => {
  const dataDir = join(folder, "killed");
  await copyEmptyCluster(join(dataDir, "control"));
  const seed = Number(process.env.SEED ?? Date.now() % 1e6);
  console.log(`seed ${seed} (SEED=${seed} repeats it)`);
  const random = randomFrom(seed);
  let acknowledged = 0;
  for (let round = 1; round <= KILL_ROUNDS; round++) {
    const writer = startWriter(dataDir);
    // At least one row a round; the kill then falls at a random number of further ones.
    const killAfter = acknowledged + 1 + Math.floor(random() * 60);
    for await (const line of writer.lines) {
      acknowledged = Number(line);
      if (acknowledged >= killAfter) break;
    }
    writer.child.kill("SIGKILL");
    for await (const line of writer.lines) acknowledged = Number(line);
    if (writer.child.signalCode === null) await once(writer.child, "exit");
    assert.equal(writer.child.signalCode, "SIGKILL", writer.stderr());
    assert.ok(acknowledged >= killAfter, `the writer stopped early: ${writer.stderr()}`);
  }
  const store = await openControlStore({ dataDir });
  try {
    const [row] = await store.query<{ numbers: number; rows: number; highest: number }>(
      "select count(distinct n)::int as numbers, count(*)::int as rows, max(n)::int as highest from written",
    );
    assert.ok(
      row !== undefined && row.highest >= acknowledged,
      `${row?.highest} of ${acknowledged} are there`,
    );
    assert.equal(row.numbers, row.highest, "a number is missing");
    assert.equal(row.rows, 2 * row.numbers, "a transaction is there by half");
  } finally {
    await store.close();
  }
});

test("a start that was killed while it created the cluster is made good by the next", async () => {
  const dir = join(folder, "unfinished");
  await mkdir(join(dir, "cluster.unfinished"), { recursive: true });
  await writeFile(join(dir, "cluster.unfinished", "PG_VERSION"), "18\n");
  const store = await openPglite(dir, DEFAULT_CONTROL_LIMITS);
  try {
    assert.deepEqual(await store.query("select 1 as one"), [{ one: 1 }]);
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.startsWith("cluster")),
      ["cluster"],
    );
  } finally {
    await store.close();
  }
});

test("a folder that is no cluster is refused with a sentence and the lock is given back", async () => {
  const dir = join(folder, "garbage");
  await mkdir(join(dir, "cluster"), { recursive: true });
  await writeFile(join(dir, "cluster", "PG_VERSION"), "18\n");
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(openPglite(dir, DEFAULT_CONTROL_LIMITS), {
      name: "ControlError",
      message: /^The embedded PostgreSQL in .*cluster did not start/,
    });
  }
});

test("an engine that panics is replaced, and only what was running fails", async () => {
  // Some panics are answered, after others the engine is silent: then the watchdog ends it.
  const store = await emptyStoreIn("panics", { ...DEFAULT_CONTROL_LIMITS, statementTimeoutMs: 1_000 });
  const log = join(folder, "panics", "cluster", "pg_wal");
  try {
    await store.query("create table t (n int)");
    await store.query("insert into t values (1)");
    await rename(log, `${log}.away`);
    const panicking = store.transaction(async (tx) => {
      await tx.query("insert into t values (2)");
      await tx.query("select pg_switch_wal()");
      await tx.query("insert into t values (3)");
    });
    await assert.rejects(panicking, ControlError);
    assert.equal((await store.health()).ok, false, "it can't start without its log");
    await rename(`${log}.away`, log);
    assert.deepEqual(await store.query("select n from t"), [{ n: 1 }]);
    assert.equal((await store.health()).ok, true);
  } finally {
    await store.close();
  }
});

test("the queue of waiting statements is bounded", async () => {
  const store = await emptyStoreIn("queue");
  try {
    const all = await Promise.allSettled(Array.from({ length: 10_050 }, () => store.query("select 1")));
    const refused = all.filter((result) => result.status === "rejected");
    assert.equal(refused.length, 50);
    for (const { reason } of refused) assert.match(String(reason), /More than 10000 statements wait/);
    assert.deepEqual(await store.query("select 1 as one"), [{ one: 1 }]);
  } finally {
    await store.close();
  }
});

test("the table that is updated all the time stays small", async () => {
  const store = await emptyStoreIn("churn");
  try {
    await store.query("create table hot (n int, padding text)");
    await store.query("insert into hot select n, repeat('x', 200) from generate_series(1, 1000) as n");
    const size = async () => {
      const [row] = await store.query<{ bytes: number }>("select pg_table_size('hot')::int as bytes");
      return row?.bytes ?? 0;
    };
    const atFirst = await size();
    for (let round = 0; round < 20; round++) {
      await store.query("update hot set n = n + 1");
      await store.maintain();
    }
    assert.ok((await size()) < 4 * atFirst, `${atFirst} grew to ${await size()}`);
  } finally {
    await store.close();
  }
});

test("a slow statement does not stall this thread", async () => {
  const store = await emptyStoreIn("stall");
  try {
    const slow = store.query("select sum(n) from generate_series(1, 3000000) as n");
    let turns = 0;
    const ticker = setInterval(() => turns++);
    await slow;
    clearInterval(ticker);
    assert.ok(turns > 100, `the event loop turned ${turns} times meanwhile`);
  } finally {
    await store.close();
  }
});

interface Writer {
  readonly child: ChildProcess;
  readonly lines: AsyncIterableIterator<string>;
  stderr(): string;
}

/** Writes number after number, two rows a transaction, and prints each one when its commit returned. */
function startWriter(dataDir: string): Writer {
  const child = spawn(process.execPath, [WRITER, dataDir], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // Leaving a for-await would close the iterator: what follows the kill has to be read too.
  return {
    child,
    lines: {
      next: () => lines.next(),
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    stderr: () => errors,
  };
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
