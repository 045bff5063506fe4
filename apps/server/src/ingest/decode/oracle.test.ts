import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { COLUMNS } from "../../engines/telemetry/columns.ts";
import type { DecodedBatch, Signal } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { expectedRows } from "./testing/expectedRows.ts";
import { openNativeReader, type NativeReader, type Row } from "./testing/nativeRows.ts";
import { encodeRequest, randomFrom } from "./testing/otlp.ts";
import { RandomRequests } from "./testing/randomRequests.ts";
import { ingestRequest, NOW_MS } from "./testing/requests.ts";

const ROUNDS = 60;
const TABLES = { traces: "spans", logs: "logs", metrics: "metric_points" } as const;

describe("random requests, decoded by us and read by the engine, equal a plain reading by protobufjs", () => {
  let engine: NativeReader;
  before(() => {
    engine = openNativeReader();
  });
  after(() => engine.close());

  for (const signal of ["traces", "logs", "metrics"] as const) {
    it(signal, (t) => {
      const seed = Number(process.env["SEED"] ?? randomInt(1e9));
      t.diagnostic(`SEED=${seed}`);
      const generator = new RandomRequests(randomFrom(seed), NOW_MS);
      const decoder = createDecoder();
      const batches: DecodedBatch[] = [];
      const rows: Row[] = [];
      const exceptions: Row[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const body = encodeRequest(signal, generator.request(signal));
        const request = ingestRequest(signal, body);
        const batch = decoder.decode(request, { tail: false });
        const expected = expectedRows(request, body);
        assert.deepEqual(batch.refused, expected.refused);
        assert.equal(batch.accepted, expected.rows.length);
        batches.push(batch);
        rows.push(...expected.rows);
        exceptions.push(...expected.exceptions);
      }
      assert.ok(rows.length > 100, `only ${rows.length} rows were compared`);
      compare(engine, batches, TABLES[signal], rows);
      if (signal !== "metrics") compare(engine, batches, "exceptions", exceptions);
    });
  }

  it("blocks carry exactly the columns and types of COLUMNS", () => {
    const generator = new RandomRequests(randomFrom(7), NOW_MS);
    const decoder = createDecoder();
    const seen = new Set<string>();
    for (const signal of ["traces", "logs", "metrics"] as const satisfies Signal[]) {
      for (let round = 0; round < 5; round++) {
        const body = encodeRequest(signal, generator.request(signal));
        for (const block of decoder.decode(ingestRequest(signal, body), { tail: false }).tables) {
          seen.add(block.table);
          assert.deepEqual(
            engine.describe(block),
            COLUMNS[block.table].map((column) => [...column]),
          );
        }
      }
    }
    assert.deepEqual([...seen].toSorted(), ["exceptions", "logs", "metric_points", "spans"]);
  });
});

function compare(
  engine: NativeReader,
  batches: readonly DecodedBatch[],
  table: "spans" | "logs" | "metric_points" | "exceptions",
  expected: readonly Row[],
): void {
  const blocks = batches.flatMap((batch) => batch.tables.filter((each) => each.table === table));
  const rows = engine.rows(table, blocks);
  assert.equal(rows.length, expected.length);
  const ids = ["fingerprint", "series_id"];
  rows.forEach((row, i) => {
    const wanted = expected[i]!;
    for (const [name] of COLUMNS[table]) {
      if (!ids.includes(name)) assert.deepEqual(row[name], wanted[name], `${table} row ${i}, column ${name}`);
    }
  });
}
