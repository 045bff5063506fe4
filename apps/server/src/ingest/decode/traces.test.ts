import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DecodedBatch } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { DECODE_LIMITS } from "./limits.ts";
import { promotedToAttributes } from "../../engines/telemetry/promoted.ts";
import { openNativeReader, type NativeReader, type Row } from "./testing/nativeRows.ts";
import { attributes, encodeRequest, type KeyValue, type Value } from "./testing/otlp.ts";
import { ingestRequest, NOW_MS, NOW_NS } from "./testing/requests.ts";

let engine: NativeReader;
before(() => {
  engine = openNativeReader();
});
after(() => engine.close());

const HOUR_NS = 3_600_000_000_000n;

function span(fields: object = {}): object {
  return {
    traceId: Buffer.alloc(16, 1),
    spanId: Buffer.alloc(8, 2),
    name: "op",
    kind: 2,
    startTimeUnixNano: String(NOW_NS - 1_000_000n),
    endTimeUnixNano: String(NOW_NS),
    ...fields,
  };
}

function decode(
  spans: readonly object[],
  resource: KeyValue[] = attributes({ "service.name": "shop" }),
): DecodedBatch {
  const message = { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans }] }] };
  return createDecoder().decode(ingestRequest("traces", encodeRequest("traces", message)), { tail: false });
}

function rowsOf(batch: DecodedBatch, table: "spans" | "exceptions" = "spans"): Row[] {
  return engine.rows(
    table,
    batch.tables.filter((each) => each.table === table),
  );
}

function only(fields: object, resource?: KeyValue[]): Row {
  const batch = decode([span(fields)], resource);
  assert.equal(batch.refusalMessage, "");
  return rowsOf(batch)[0]!;
}

function pairs(row: Row): Record<string, string> {
  return Object.fromEntries(row["attributes"] as unknown as [string, string][]);
}

describe("times of a span", () => {
  it("a start of 0 is the time of arrival", () => {
    const row = only({ startTimeUnixNano: "0", endTimeUnixNano: "0" });
    assert.equal(row["time"], String(NOW_NS));
    assert.equal(row["duration_ns"], "0");
  });

  it("nanoseconds and durations are exact", () => {
    const row = only({
      startTimeUnixNano: String(NOW_NS - 86_400_000_000_001n),
      endTimeUnixNano: String(NOW_NS + 1n),
    });
    assert.equal(row["time"], String(NOW_NS - 86_400_000_000_001n));
    assert.equal(row["duration_ns"], "86400000000002");
  });

  it("an end before the start and a duration of weeks are corrected and say so", () => {
    const before = only({ endTimeUnixNano: "0" });
    assert.equal(before["duration_ns"], "0");
    assert.equal(pairs(before)["throughline.clock_skew"], "end before start");
    const long = only({ endTimeUnixNano: "18446744073709551615" });
    assert.equal(long["duration_ns"], String(7n * 24n * HOUR_NS));
    assert.equal(pairs(long)["throughline.clock_skew"], "duration cut");
  });

  it("what starts in the future or is older than the retention is refused, with a sentence", () => {
    const at = (ns: bigint) => span({ startTimeUnixNano: String(ns), endTimeUnixNano: String(ns) });
    const batch = decode([
      at(NOW_NS + HOUR_NS - 1_000_000n),
      at(NOW_NS + HOUR_NS + 1_000_000n),
      at(NOW_NS - 30n * 24n * HOUR_NS - 1_000_000n),
      at(18446744073709551615n),
      at(NOW_NS - 30n * 24n * HOUR_NS + 1_000_000n),
    ]);
    assert.equal(batch.accepted, 2);
    assert.deepEqual(batch.refused, { future_time: 2, expired_time: 1 });
    assert.equal(
      batch.refusalMessage,
      "Of 5 items, 2 refused: they start more than 1 hour in the future; set the sender's clock; " +
        "1 refused: they are older than the retention of 30 days.",
    );
    assert.equal(rowsOf(batch).length, 2);
    assert.ok(Math.abs(batch.newestTimeMs - (NOW_MS + 3_600_000 - 1)) < 0.001);
  });
});

describe("ids of a span", () => {
  it("zeros and wrong lengths are refused one by one; the columns of the others stay in line", () => {
    const bad = [
      { traceId: new Uint8Array(16) },
      { spanId: new Uint8Array(8) },
      { traceId: Buffer.alloc(15, 1) },
      { spanId: new Uint8Array(0) },
      { parentSpanId: Buffer.alloc(7, 1) },
    ];
    const noise = attributes({ a: "lost", b: 1 });
    const spans = bad.flatMap((fields, i) => [
      span({ ...fields, attributes: noise, name: "bad" }),
      span({ name: `good ${i}`, attributes: attributes({ i }) }),
    ]);
    const batch = decode(spans);
    assert.deepEqual(batch.refused, { invalid_id: 5 });
    assert.deepEqual(
      rowsOf(batch).map((row) => [row["name"], row["attributes"]]),
      bad.map((_, i) => [`good ${i}`, [["i", String(i)]]]),
    );
  });

  it("a parent of zeros or nothing is a root", () => {
    for (const parentSpanId of [new Uint8Array(8), new Uint8Array(0)]) {
      assert.equal(only({ parentSpanId })["parent_span_id"], "0".repeat(16));
    }
    assert.equal(only({ parentSpanId: Buffer.alloc(8, 0xab) })["parent_span_id"], "ab".repeat(8));
  });
});

describe("promoted attributes", () => {
  const old = {
    "http.method": "PUT",
    "http.status_code": 201,
    "db.system": "redis",
    "http.request_content_length": 7,
  };
  const current = {
    "http.request.method": "PUT",
    "http.response.status_code": 201,
    "db.system.name": "redis",
    "http.request.body.size": 7,
    "http.response.body.size": 9,
  };

  it("leave the map under old and new names, and come back under the new ones", () => {
    const row = only({ attributes: attributes({ ...current, other: "x" }) });
    assert.deepEqual(row["attributes"], [["other", "x"]]);
    const { attributes: back, resource } = promotedToAttributes({
      http_method: String(row["http_method"]),
      http_status: Number(row["http_status"]),
      request_bytes: Number(row["request_bytes"]),
      response_bytes: Number(row["response_bytes"]),
      db_system: String(row["db_system"]),
      service: String(row["service"]),
      environment: String(row["environment"]),
    });
    assert.deepEqual(
      back,
      Object.fromEntries(Object.entries(current).map(([key, value]) => [key, String(value)])),
    );
    assert.deepEqual(resource, { "service.name": "shop" });
    assert.deepEqual(only({ attributes: attributes(old) })["attributes"], []);
  });

  it("what a column could not give back stays in the map", () => {
    const odd = attributes({
      "http.status_code": "teapot",
      "http.request.method": "",
      "http.response.body.size": -1,
    });
    const twice = attributes({ "db.system": "mysql", "db.system.name": "mariadb" });
    const row = only({ attributes: [...odd, ...twice] });
    assert.equal(row["db_system"], "mysql");
    assert.deepEqual(row["attributes"], [
      ["http.status_code", "teapot"],
      ["http.request.method", ""],
      ["http.response.body.size", "-1"],
      ["db.system.name", "mariadb"],
    ]);
  });

  it("resource: service, version, environment and the best source of the instance", () => {
    const resource = attributes({
      "host.name": "web-1",
      "service.instance.id": "i-9",
      "k8s.pod.name": "pod",
      "service.version": "1.4",
      "deployment.environment": "prod",
    });
    const row = only({}, resource);
    assert.deepEqual(
      [row["service"], row["service_version"], row["environment"], row["instance"]],
      ["unknown_service", "1.4", "prod", "i-9"],
    );
    assert.deepEqual(
      (row["resource"] as unknown as string[][]).map(([key]) => key),
      ["host.name", "service.instance.id", "k8s.pod.name"],
    );
  });
});

describe("routes", () => {
  const route = (fields: object) => only(fields)["route"];
  it("server spans: method and http.route, else the RPC, else the name without ids", () => {
    const http = attributes({ "http.request.method": "GET", "http.route": "/users/{id}" });
    assert.equal(route({ attributes: http }), "GET /users/{id}");
    assert.equal(route({ attributes: http.toReversed() }), "GET /users/{id}");
    assert.equal(
      route({ attributes: attributes({ "rpc.service": "pkg.Cart", "rpc.method": "Add" }) }),
      "pkg.Cart/Add",
    );
    assert.equal(route({ name: "GET /users/4711?x=1" }), "GET /users/:id");
    const method = attributes({ "http.request.method": "POST" });
    assert.equal(
      route({ name: "/a/5b8efff7-9803-8103-d269-b633813fc60c/b", attributes: method }),
      "POST /a/:id/b",
    );
    assert.equal(route({ name: "job" }), "job");
  });

  it("consumers: destination and operation; other kinds have none", () => {
    const consumer = attributes({
      "messaging.destination.name": "orders",
      "messaging.operation.name": "process",
    });
    assert.equal(route({ kind: 5, attributes: consumer }), "orders process");
    assert.equal(route({ kind: 5 }), "");
    for (const kind of [0, 1, 3, 4, 99, -1]) assert.equal(route({ kind, name: "GET /x" }), "");
  });
});

describe("limits of one span", () => {
  it("keeps 128 attributes, says how many it dropped, and warns", () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ key: `k${i}`, value: { intValue: i } }));
    const batch = decode([span({ attributes: many }), span()]);
    assert.deepEqual([batch.accepted, batch.refused], [2, {}]);
    assert.match(batch.refusalMessage, /^Of 2 items, 1 kept with only their first 128 attributes/);
    const row = rowsOf(batch)[0]!;
    assert.equal((row["attributes"] as unknown[]).length, 129);
    assert.equal(pairs(row)["throughline.dropped_attributes"], "72");
    assert.equal(pairs(row)["k127"], "127");
  });

  it("cuts long values between characters and marks them", () => {
    const row = only({ attributes: attributes({ a: `x${"é".repeat(20_000)}`, b: "y".repeat(16_384) }) });
    assert.equal(pairs(row)["a"], `x${"é".repeat(8191)}…[truncated]`);
    assert.equal(pairs(row)["b"], "y".repeat(16_384));
  });

  it("cuts long names and keys", () => {
    const row = only({ name: "n".repeat(5000), attributes: attributes({ ["k".repeat(300)]: 1 }) });
    assert.equal(row["name"], `${"n".repeat(1024)}…`);
    assert.deepEqual(row["attributes"], [[`${"k".repeat(256)}…`, "1"]]);
  });

  it("renders 16 levels of nesting as JSON and refuses a span with more", () => {
    const nested = (depth: number): Value =>
      depth === 0 ? { intValue: 1 } : { arrayValue: { values: [nested(depth - 1)] } };
    const value = (depth: number) => [{ key: "deep", value: nested(depth) }];
    assert.equal(pairs(only({ attributes: value(16) }))["deep"], `${"[".repeat(16)}1${"]".repeat(16)}`);
    const inEvent = { events: [{ name: "e", attributes: value(17) }] };
    const batch = decode([
      span({ attributes: value(17) }),
      span(inEvent),
      span({ attributes: value(25) }),
      span(),
    ]);
    assert.deepEqual([batch.accepted, batch.refused], [1, { invalid: 3 }]);
    assert.match(batch.refusalMessage, /3 refused: a value is nested deeper than 16 levels/);
  });

  it("keeps 128 events and links and says how many it dropped", () => {
    const events = Array.from({ length: 130 }, (_, i) => ({ name: `e${i}`, timeUnixNano: String(NOW_NS) }));
    const batch = decode([span({ events })]);
    const row = rowsOf(batch)[0]!;
    assert.equal((JSON.parse(String(row["events"])) as unknown[]).length, 128);
    assert.equal(pairs(row)["throughline.dropped_events"], "2");
    assert.match(batch.refusalMessage, /kept with only/);
  });

  it("replaces invalid UTF-8 everywhere", () => {
    const bytes = Buffer.from(
      encodeRequest("traces", {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  span({
                    name: "AAAA",
                    attributes: attributes({ BBBB: "CCCC" }),
                    status: { message: "DDDD" },
                    events: [{ name: "EEEE", attributes: attributes({ FFFF: "GGGG" }) }],
                  }),
                ],
              },
            ],
          },
        ],
      }),
    );
    for (const letter of "ABCDEFG") {
      const at = bytes.indexOf(letter.repeat(4));
      bytes[at + 1] = 0xff;
      bytes[at + 2] = 0xc3;
    }
    const row = rowsOf(createDecoder().decode(ingestRequest("traces", bytes), { tail: false }))[0]!;
    const broken = (letter: string) => `${letter}\ufffd\ufffd${letter}`;
    assert.equal(row["name"], broken("A"));
    assert.deepEqual(row["attributes"], [[broken("B"), broken("C")]]);
    assert.equal(row["status_message"], broken("D"));
    assert.deepEqual(JSON.parse(String(row["events"])), [
      { timeMs: 0, name: broken("E"), attributes: { [broken("F")]: broken("G") } },
    ]);
  });
});

describe("exceptions of spans", () => {
  const stack = (line: number) =>
    `TypeError: x is ${line}\n    at f (/app/a.js:${line}:7)\n    at g (node:internal:1:1)`;
  const exception = (message: string, stacktrace: string) => ({
    name: "exception",
    timeUnixNano: String(NOW_NS),
    attributes: attributes({
      "exception.type": "TypeError",
      "exception.message": message,
      "exception.stacktrace": stacktrace,
      "exception.escaped": "true",
      retry: 1,
    }),
  });

  it("one row each, with route, ids and a fingerprint that survives line numbers and values", () => {
    const server = { name: "GET /pay", events: [exception("x is 1", stack(1)), { name: "log" }] };
    const batch = decode([span(server), span({ ...server, events: [exception("x is 2", stack(99))] })]);
    const rows = rowsOf(batch, "exceptions");
    assert.equal(rows.length, 2);
    const [row, again] = rows;
    assert.equal(row!["route"], "GET /pay");
    assert.equal(row!["trace_id"], "01".repeat(16));
    assert.equal(row!["escaped"], 1);
    assert.deepEqual(row!["attributes"], [["retry", "1"]]);
    assert.equal(row!["fingerprint"], again!["fingerprint"]);
    assert.notEqual(row!["fingerprint"], "0");
  });

  it("refused spans leave no exceptions", () => {
    const batch = decode([span({ spanId: new Uint8Array(0), events: [exception("m", stack(1))] }), span()]);
    assert.deepEqual(
      batch.tables.map((each) => each.table),
      ["spans"],
    );
  });
});

describe("cardinality guard", () => {
  const spans = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => span({ name: `${prefix}${i}` }));
  it("folds routes beyond 1000 and names beyond 2000 into (other), and counts them", () => {
    const batch = decode([...spans("a", 1500), ...spans("b", 1000)]);
    const rows = rowsOf(batch);
    assert.equal(new Set(rows.map((row) => row["route"])).size, 1001);
    assert.equal(new Set(rows.map((row) => row["name"])).size, 2001);
    assert.equal(rows.filter((row) => row["route"] === "(other)").length, 1500);
    assert.equal(batch.overflowed, 1500);
  });

  it("folds services beyond 500 a project", () => {
    const decoder = createDecoder();
    let overflowed = 0;
    for (let i = 0; i < 510; i++) {
      const resource = { attributes: attributes({ "service.name": `s${i}` }) };
      const message = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span(), span()] }] }] };
      const batch = decoder.decode(ingestRequest("traces", encodeRequest("traces", message)), {
        tail: false,
      });
      overflowed += batch.overflowed;
      if (i === 509) assert.deepEqual(batch.services, ["(other)"]);
    }
    assert.equal(overflowed, 20);
  });
});

describe("a request as a whole", () => {
  it("is refused when it has too many items, too many names, or rows out of proportion", () => {
    const refusal = (message: object, limits: object) => {
      const body = encodeRequest("traces", message);
      try {
        createDecoder({ ...DECODE_LIMITS, ...limits }).decode(ingestRequest("traces", body), { tail: false });
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
      return "taken";
    };
    const spans = Array.from({ length: 100 }, (_, i) => span({ name: `n${i}` }));
    const resource = { attributes: attributes({ big: "x".repeat(16_000) }) };
    const message = { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
    assert.match(refusal(message, { itemsMax: 99 }), /more than 99 items\. Send them in several requests/);
    assert.match(
      refusal(message, { distinctMax: 50 }),
      /more than 50 different attribute keys, names and routes/,
    );
    assert.match(refusal(message, { rowBytesMax: 1_000_000 }), /would become more than 1 MiB of rows/);
    assert.equal(refusal(message, {}), "taken");
  });

  it("may have its fields in any order: resource and scope behind the spans", () => {
    const parts = (message: object, type: "resource" | "spans") =>
      encodeRequest("traces", {
        resourceSpans: [type === "resource" ? { resource: message } : { scopeSpans: [message] }],
      });
    const inner = (bytes: Uint8Array) => bytes.subarray(2);
    const spans = inner(parts({ spans: [span({ name: "s" })] }, "spans"));
    const resource = inner(parts({ attributes: attributes({ "service.name": "late" }) }, "resource"));
    const body = Buffer.concat([Uint8Array.of(0x0a, spans.length + resource.length), spans, resource]);
    const batch = createDecoder().decode(ingestRequest("traces", body), { tail: false });
    assert.deepEqual(batch.services, ["late"]);
  });

  it("offers at most 100 lines to the tail, counts the rest, and offers none when nobody watches", () => {
    const message = {
      resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 150 }, () => span()) }] }],
    };
    const request = ingestRequest("traces", encodeRequest("traces", message));
    const followed = createDecoder().decode(request, { tail: true });
    assert.deepEqual([followed.tail.length, followed.tailLeftOut], [100, 50]);
    assert.equal(createDecoder().decode(request, { tail: false }).tail.length, 0);
  });
});
