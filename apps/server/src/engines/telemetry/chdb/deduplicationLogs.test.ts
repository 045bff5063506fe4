import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeSampleRows } from "../contract/sampleRows.ts";
import { openTelemetryStore } from "../index.ts";
import type { TelemetryStore } from "../store.ts";

const QUERY = { name: "test", maxExecutionMs: 60_000 };
const COUNTS = `SELECT (SELECT count() FROM logs) AS logs, (SELECT sum(count) FROM log_rollups WHERE step_seconds = 60) AS minutes,
  (SELECT sum(items) FROM ingest_stored) AS stored, (SELECT sum(count) FROM business_rollups) AS events,
  (SELECT (uniqExact(order_key), max(revenue)) FROM business_orders) AS orders`;

async function counts(store: TelemetryStore): Promise<unknown> {
  return (await store.internal.query(COUNTS, {}, QUERY))[0];
}

/** Deduplication logs below the folder, by path, with what they hold. */
async function readLogs(dataDir: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const name of await readdir(dataDir, { recursive: true })) {
    if (/deduplication_log_\d+\.txt$/.test(name)) found.set(name, await readFile(join(dataDir, name)));
  }
  return found;
}

test("a kill between a deduplication record and its part loses nothing, whichever table it hits", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "throughline-dedup-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const dataDir = join(root, "data");
  const before = join(root, "before");
  const load = async (store: TelemetryStore, segment: number): Promise<void> => {
    const path = join(root, `logs-${segment}.native`);
    await store.internal.command(writeSampleRows("logs", path, { rows: 300, seed: segment }));
    await store.load({ table: "logs", path, dedupToken: `segment-${segment}` });
  };

  const first = await openTelemetryStore({ dataDir });
  await load(first, 1);
  await first.close();
  await cp(dataDir, before, { recursive: true });

  const second = await openTelemetryStore({ dataDir });
  await load(second, 2);
  const expected = await counts(second);
  await second.close();
  const logsBefore = await readLogs(before);
  const logsAfter = await readLogs(dataDir);
  const grown = [...logsAfter].filter(([name, bytes]) => !logsBefore.get(name)?.equals(bytes));
  assert.equal(grown.length, 5, "the load reached its table and four rollups");

  for (const [name, withRecord] of grown) {
    // As the kill leaves it: the record is there, the part was never renamed into place.
    await rm(dataDir, { recursive: true });
    await cp(before, dataDir, { recursive: true });
    await writeFile(join(dataDir, name), withRecord);
    const store = await openTelemetryStore({ dataDir });
    await load(store, 2);
    const found = await counts(store);
    await store.close();
    assert.deepEqual(found, expected, name);
  }
});
