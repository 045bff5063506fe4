import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DecodedBatch } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { createGuard, GUARD_LIMITS } from "./guard.ts";
import { DECODE_LIMITS } from "./limits.ts";
import { openNativeReader, type NativeReader, type Row } from "./testing/nativeRows.ts";
import { attributes, encodeRequest, type KeyValue } from "./testing/otlp.ts";
import { ingestRequest, NOW_NS } from "./testing/requests.ts";

let engine: NativeReader;
before(() => {
  engine = openNativeReader();
});
after(() => engine.close());

const RESOURCE = attributes({ "service.name": "shop", "host.name": "web-1" });
const time = { timeUnixNano: String(NOW_NS) };

function decode(
  metrics: readonly object[],
  resource: KeyValue[] = RESOURCE,
  decoder = createDecoder(),
): DecodedBatch {
  const message = { resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ metrics }] }] };
  return decoder.decode(ingestRequest("metrics", encodeRequest("metrics", message)), { tail: false });
}

function rowsOf(batch: DecodedBatch): Row[] {
  return engine.rows("metric_points", batch.tables);
}

function gauge(name: string, points: readonly object[]): object {
  return { name, gauge: { dataPoints: points.map((point) => ({ ...time, asDouble: 1, ...point })) } };
}

describe("series ids", () => {
  const idOf = (metric: object, resource?: KeyValue[]) => rowsOf(decode([metric], resource))[0]!["series_id"];
  const sent = attributes({ region: "eu", shard: 3 });

  it("are stable across decoders, and across the order of attributes", () => {
    const id = idOf(gauge("cpu", [{ attributes: sent }]));
    assert.equal(idOf(gauge("cpu", [{ attributes: sent.toReversed() }])), id);
    assert.equal(idOf(gauge("cpu", [{ attributes: sent }]), RESOURCE.toReversed()), id);
    // The ids are stored: a change of the hash would split every series. This one was computed by the first release.
    assert.equal(id, "4814424983400448573");
  });

  it("differ by name, attributes and resource", () => {
    const other = attributes({ "service.name": "shop", "host.name": "web-2" });
    const ids = [
      idOf(gauge("cpu", [{ attributes: sent }])),
      idOf(gauge("mem", [{ attributes: sent }])),
      idOf(gauge("cpu", [{ attributes: attributes({ region: "eu", shard: 4 }) }])),
      idOf(gauge("cpu", [{ attributes: attributes({ region: "eus", hard: 3 }) }])),
      idOf(gauge("cpu", [{}])),
      idOf(gauge("cpu", [{ attributes: sent }]), other),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });

  it("past the bound of a metric, points join one overflow series that says so", () => {
    const guard = createGuard({ ...GUARD_LIMITS, seriesPerMetric: 3 });
    const decoder = createDecoder(DECODE_LIMITS, guard);
    const points = Array.from({ length: 10 }, (_, i) => ({ attributes: attributes({ user: `u${i}` }) }));
    const batch = decode([gauge("cpu", points), gauge("mem", points.slice(0, 2))], RESOURCE, decoder);
    assert.equal(batch.overflowed, 7);
    const rows = rowsOf(batch);
    assert.equal(new Set(rows.slice(0, 10).map((row) => row["series_id"])).size, 4);
    assert.deepEqual(rows[2]!["attributes"], [["user", "u2"]]);
    for (const row of rows.slice(3, 10))
      assert.deepEqual(row["attributes"], [["otel.metric.overflow", "true"]]);
    assert.deepEqual(rows[10]!["attributes"], [["user", "u0"]]);
  });

  it("metric names past the bound of a service become (other)", () => {
    const decoder = createDecoder(DECODE_LIMITS, createGuard({ ...GUARD_LIMITS, metricsPerService: 2 }));
    const batch = decode(
      ["a", "b", "c", "d", "a"].map((name) => gauge(name, [{}])),
      RESOURCE,
      decoder,
    );
    assert.equal(batch.overflowed, 2);
    assert.deepEqual(
      rowsOf(batch).map((row) => row["metric"]),
      ["a", "b", "(other)", "(other)", "a"],
    );
  });
});

describe("values of points", () => {
  it("NaN and infinities are stored as not recorded", () => {
    const values = [Number.NaN, Infinity, -Infinity, 2.5];
    const rows = rowsOf(
      decode([
        gauge(
          "g",
          values.map((asDouble) => ({ asDouble })),
        ),
      ]),
    );
    assert.deepEqual(
      rows.map((row) => [row["value"], row["flags"]]),
      [
        [0, 1],
        [0, 1],
        [0, 1],
        [2.5, 0],
      ],
    );
  });

  it("the sender's own flag for no recorded value is kept", () => {
    assert.equal(rowsOf(decode([gauge("g", [{ flags: 1, asDouble: 0 }])]))[0]!["flags"], 1);
  });

  it("integers beyond 2^53 become the nearest number", () => {
    const point = { ...time, asInt: "-9223372036854775808" };
    const [row] = rowsOf(decode([{ name: "g", gauge: { dataPoints: [point] } }]));
    assert.equal(row!["value"], -9223372036854776000);
  });

  it("a histogram's value is its mean; extremes that were not sent are NaN", () => {
    const point = { ...time, count: "4", sum: 10, explicitBounds: [1, 5], bucketCounts: ["1", "2", "1"] };
    const [row] = rowsOf(
      decode([{ name: "h", histogram: { dataPoints: [point], aggregationTemporality: 1 } }]),
    );
    assert.deepEqual([row!["value"], row!["count"], row!["min"], row!["max"]], [2.5, "4", "nan", "nan"]);
    assert.equal(row!["temporality"], "delta");
  });

  it("a histogram without sum or count has the value 0", () => {
    const [row] = rowsOf(decode([{ name: "h", histogram: { dataPoints: [{ ...time, count: "0" }] } }]));
    assert.equal(row!["value"], 0);
  });
});

describe("points that make no sense are refused alone, with a sentence", () => {
  it("buckets that do not fit their bounds, and metrics without a name", () => {
    const broken = { ...time, explicitBounds: [1, 2], bucketCounts: ["1"] };
    const batch = decode([
      {
        name: "h",
        histogram: { dataPoints: [broken, { ...time, explicitBounds: [1], bucketCounts: ["1", "2"] }] },
      },
      gauge("", [{}]),
      gauge("ok", [{ attributes: attributes({ a: 1 }) }]),
    ]);
    assert.deepEqual([batch.accepted, batch.refused], [2, { invalid: 2 }]);
    assert.match(batch.refusalMessage, /1 buckets and 2 bounds; there must be one bucket more than bounds/);
    const rows = rowsOf(batch);
    assert.deepEqual(rows[0]!["bucket_bounds"], [1]);
    assert.deepEqual(rows[0]!["bucket_counts"], ["1", "2"]);
    assert.deepEqual(rows[1]!["bucket_counts"], []);
    assert.deepEqual(rows[1]!["attributes"], [["a", "1"]]);
  });
});
