/** A vital that is reported before and after a restart is one page view. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openTelemetryStore } from "../engines/telemetry/index.ts";
import { createDecodePool, openIngest, readVitalSeeds } from "./index.ts";
import { quietLog, SENDER } from "./testRig.ts";

const QUERY = { name: "test" };

test("a vital that is reported again after a restart replaces its value", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "vital-seeds-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const nowMs = Date.now();
  for (const [run, value] of [0.05, 0.3, 0.2].entries()) {
    const store = await openTelemetryStore({ dataDir });
    const decoder = createDecodePool({ workers: 2 });
    decoder.seedVitals(await readVitalSeeds(store.internal));
    const ingest = await openIngest({ dataDir, store, decoder, log: quietLog });
    const vitals = ["a", "b"].map((id) => ({
      name: "CLS",
      id,
      value,
      pageUrl: `/run-${run}`,
      timestamp: nowMs - 5000 + run,
    }));
    const answer = await ingest.accept({
      signal: "web_vitals",
      encoding: "json",
      compression: "identity",
      sender: SENDER,
      body: Buffer.from(JSON.stringify(vitals)),
      receivedAtMs: nowMs,
    });
    assert.equal(answer.accepted, 2);
    await ingest.close({ drainMs: 20_000 });
    const rows = await store.internal.query<{ page: string; views: number; poor: number }>(
      `SELECT toString(page) AS page, sum(count) AS views, sum(poor) AS poor FROM vital_rollups
       WHERE slice = 'page' AND step_seconds = 86400 GROUP BY page HAVING views != 0 OR poor != 0`,
      {},
      QUERY,
    );
    await store.close();
    assert.deepEqual(rows, [{ page: `/run-${run}`, views: 2, poor: value > 0.25 ? 2 : 0 }]);
  }
});
