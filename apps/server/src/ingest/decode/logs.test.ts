import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DecodedBatch } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { severityName } from "./logs.ts";
import { openNativeReader, type NativeReader, type Row } from "./testing/nativeRows.ts";
import { attributes, encodeRequest } from "./testing/otlp.ts";
import { ingestRequest, NOW_NS } from "./testing/requests.ts";

let engine: NativeReader;
before(() => {
  engine = openNativeReader();
});
after(() => engine.close());

function decode(logRecords: readonly object[]): DecodedBatch {
  const message = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  return createDecoder().decode(ingestRequest("logs", encodeRequest("logs", message)), { tail: true });
}

function rowsOf(batch: DecodedBatch, table: "logs" | "exceptions" = "logs"): Row[] {
  return engine.rows(
    table,
    batch.tables.filter((each) => each.table === table),
  );
}

const now = String(NOW_NS);
const earlier = String(NOW_NS - 5_000_000_000n);

describe("log records", () => {
  it("without a time have the time they were observed, else that of their arrival", () => {
    const rows = rowsOf(
      decode([
        { timeUnixNano: earlier },
        { observedTimeUnixNano: earlier },
        {},
        { observedTimeUnixNano: "1" },
      ]),
    );
    assert.deepEqual(
      rows.map((row) => [row["time"], row["observed_time"]]),
      [
        [earlier, now],
        [earlier, earlier],
        [now, now],
        [now, now],
      ],
    );
  });

  it("may have no ids; ids of a wrong length are dropped and noted", () => {
    const rows = rowsOf(
      decode([
        {},
        { traceId: Buffer.alloc(16, 0xab), spanId: Buffer.alloc(8, 0xcd) },
        { traceId: Buffer.alloc(15, 1), spanId: Buffer.alloc(8, 2) },
      ]),
    );
    assert.deepEqual(
      rows.map((row) => [row["trace_id"], row["span_id"]]),
      [
        ["0".repeat(32), "0".repeat(16)],
        ["ab".repeat(16), "cd".repeat(8)],
        ["0".repeat(32), "02".repeat(8)],
      ],
    );
    assert.deepEqual(rows[2]!["attributes"], [
      ["throughline.invalid_id", "trace_id of a wrong length was dropped"],
    ]);
  });

  it("have bodies of text or JSON, cut at 256 KiB", () => {
    const nested = { kvlistValue: { values: attributes({ a: 1, b: "x\ny" }) } };
    const long = { stringValue: "é".repeat(200_000) };
    const bodies = rowsOf(decode([{ body: nested }, { body: { intValue: 5 } }, { body: long }, {}])).map(
      (row) => row["body"],
    );
    assert.deepEqual(bodies, ['{"a":1,"b":"x\\u000ay"}', "5", `${"é".repeat(131_072)}…[truncated]`, ""]);
  });

  it("leave a row of exceptions when they carry one, whatever their severity", () => {
    const carried = attributes({
      "exception.type": "Timeout",
      "exception.message": "after 30 s",
      retry: true,
    });
    const batch = decode([
      { severityNumber: 9, attributes: carried, traceId: Buffer.alloc(16, 1), timeUnixNano: now },
      { severityNumber: 21, body: { stringValue: "fatal, but no exception" } },
      { severityNumber: 17, attributes: attributes({ "exception.type": "" }) },
    ]);
    assert.equal(batch.accepted, 3);
    const rows = rowsOf(batch, "exceptions");
    assert.equal(rows.length, 1);
    const { source, type, message, trace_id: traceId } = rows[0] as Record<string, string>;
    assert.deepEqual([source, type, message, traceId], ["log", "Timeout", "after 30 s", "01".repeat(16)]);
    assert.deepEqual(rows[0]!["attributes"], [["retry", "true"]]);
    assert.equal((rowsOf(batch)[0]!["attributes"] as unknown[]).length, 3);
  });

  it("show in the tail with their severity in words", () => {
    const { tail } = decode([
      { severityNumber: 13, body: { stringValue: "x".repeat(600) } },
      { severityText: "NOTICE", traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) },
    ]);
    assert.deepEqual(
      tail.map(({ severity, text, traceId }) => [severity, text.length, traceId]),
      [
        ["warn", 500, ""],
        ["notice", 0, "01".repeat(16)],
      ],
    );
    assert.deepEqual([0, 1, 4, 5, 9, 13, 17, 24, 25].map(severityName), [
      "",
      "trace",
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "fatal",
      "",
    ]);
  });
});
