import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openTelemetryStore, type TelemetryStore } from "../../engines/telemetry/index.ts";
import type { EncodedRows } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { encodeRequest, randomFrom } from "./testing/otlp.ts";
import { RandomRequests } from "./testing/randomRequests.ts";
import { ingestRequest } from "./testing/requests.ts";

const REQUESTS = 40;

describe("blocks appended to one file load into the real tables and their rollups", () => {
  let folder: string;
  let store: TelemetryStore;
  const nowMs = Date.now();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "decode-load-"));
    store = await openTelemetryStore({ dataDir: folder });
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function value(sql: string): Promise<number> {
    const [row] = await store.internal.query<{ n: number }>(sql, {}, { name: "test" });
    return Number(row?.n);
  }

  // By days: some of what is made is weeks old, where cells of a minute are gone.
  const rollups = {
    traces: ["spans", "SELECT sum(stored) AS n FROM span_rollups WHERE step_seconds = 86400"],
    logs: ["logs", "SELECT sum(count) AS n FROM log_rollups WHERE step_seconds = 86400"],
    metrics: ["metric_points", "SELECT sum(items) AS n FROM ingest_stored WHERE signal = 'metrics'"],
  } as const;

  for (const signal of ["traces", "logs", "metrics"] as const) {
    it(signal, async (t) => {
      const seed = Number(process.env["SEED"] ?? randomInt(1e9));
      t.diagnostic(`SEED=${seed}`);
      const generator = new RandomRequests(randomFrom(seed), nowMs);
      const decoder = createDecoder();
      const blocks: EncodedRows[] = [];
      let accepted = 0;
      for (let i = 0; i < REQUESTS; i++) {
        const request = ingestRequest(signal, encodeRequest(signal, generator.request(signal)));
        const batch = decoder.decode({ ...request, receivedAtMs: nowMs }, { tail: false });
        accepted += batch.accepted;
        blocks.push(...batch.tables);
      }
      for (const table of new Set(blocks.map((block) => block.table))) {
        const own = blocks.filter((block) => block.table === table);
        const path = join(folder, `${signal}-${table}.native`);
        await writeFile(path, Buffer.concat(own.map(({ native }) => native)));
        await store.load({ table, path, dedupToken: `${signal}-${table}` });
      }
      const [table, rollup] = rollups[signal];
      assert.ok(accepted > 50);
      assert.equal(await value(`SELECT count() AS n FROM ${table}`), accepted);
      assert.equal(await value(rollup), accepted);
    });
  }
});
