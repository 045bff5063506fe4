import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it } from "node:test";
import { IngestRefusal, type DecodedBatch } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { encodeRequest, randomFrom } from "./testing/otlp.ts";
import { otlpJson } from "./testing/otlpJson.ts";
import { RandomRequests } from "./testing/randomRequests.ts";
import { ingestRequest, NOW_MS, NOW_NS } from "./testing/requests.ts";

const decoder = createDecoder();
const time = String(NOW_NS - 1_000_000n);

function decodeJson(text: string): DecodedBatch {
  return decoder.decode(ingestRequest("traces", Buffer.from(text), "json"), { tail: true });
}

function spanJson(fields: object): string {
  const span = {
    traceId: "5B8EFFF798038103D269B633813FC60C",
    spanId: "eee19b7ec3c1b174",
    name: "n",
    startTimeUnixNano: time,
    ...fields,
  };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

function refusal(text: string): string {
  try {
    decodeJson(text);
  } catch (error) {
    assert.ok(error instanceof IngestRefusal);
    assert.equal(error.kind, "malformed");
    return error.message;
  }
  throw new Error(`${text} was taken`);
}

describe("OTLP/JSON", () => {
  for (const signal of ["traces", "logs", "metrics"] as const) {
    it(`${signal} become the same bytes as their protobuf twins, whatever the order of fields`, (t) => {
      const seed = Number(process.env["SEED"] ?? randomInt(1e9));
      t.diagnostic(`SEED=${seed}`);
      const random = randomFrom(seed);
      const generator = new RandomRequests(random, NOW_MS);
      let rows = 0;
      for (let round = 0; round < 60; round++) {
        const message = generator.request(signal);
        const wire = createDecoder().decode(ingestRequest(signal, encodeRequest(signal, message)), {
          tail: false,
        });
        const body = otlpJson(message, random);
        const json = createDecoder().decode(ingestRequest(signal, body, "json"), { tail: false });
        assert.deepEqual({ ...json, tables: [] }, { ...wire, tables: [] });
        assert.deepEqual(json.tables, wire.tables);
        rows += wire.accepted;
      }
      assert.ok(rows > 100, `only ${rows} rows were compared`);
    });
  }

  it("takes ids in either case, integers as numbers or text, and ignores what it does not know", () => {
    const batch = decodeJson(
      spanJson({
        kind: "2",
        endTimeUnixNano: Number(NOW_NS),
        unknownField: { deep: [1, { x: null }] },
        links: null,
      }),
    );
    assert.equal(batch.accepted, 1);
    assert.equal(batch.tail[0]?.traceId, "5b8efff798038103d269b633813fc60c");
  });

  it("keeps integers exact beyond 2^53, written as numbers", () => {
    const text = spanJson({})
      .replace(`"${time}"`, time)
      .replace('"name"', '"endTimeUnixNano":1795175999999000001,"name"');
    assert.equal(decodeJson(text).tail[0]?.durationMs, 0.000001);
  });

  it("refuses a span whose id is base64 or of a wrong length, and takes the others", () => {
    assert.deepEqual(decodeJson(spanJson({ traceId: "W47/95gDgQPSabYzgT/GDA==" })).refused, {
      invalid_id: 1,
    });
    assert.deepEqual(decodeJson(spanJson({ spanId: "eee19b7ec3c1b1" })).refused, { invalid_id: 1 });
    assert.deepEqual(decodeJson(spanJson({ parentSpanId: "x" })).refused, { invalid_id: 1 });
    assert.equal(decodeJson(spanJson({ parentSpanId: "" })).accepted, 1);
  });

  it("resolves escapes, also in field names, and repairs half a surrogate pair", () => {
    const text = spanJson({ name: "#" }).replace(
      '"name":"#"',
      '"n\\u0061me":"a\\u00e9\\ud834\\udd1e\\ud800\\n\\/"',
    );
    assert.equal(decodeJson(text).tail[0]?.text, "aé𝄞\ufffd\n/");
  });

  it("says what is wrong, where, and in which field", () => {
    assert.match(
      refusal(spanJson({ startTimeUnixNano: "soon" })),
      /resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.startTimeUnixNano/,
    );
    assert.match(
      refusal('{"resourceSpans":{}}'),
      /"\{" where an array should be in resourceSpans\[0\] \(at byte 17\)/,
    );
    assert.match(refusal(""), /the end where \{ should be/);
    assert.match(refusal('{"resourceSpans":[]} x'), /after the end of the request/);
    assert.match(refusal('{"a":[1,]}'), /a comma with nothing behind it/);
    assert.match(refusal('{"a":01}'), /leading zero/);
    assert.match(refusal('{"a":"\u0001"}'), /control character/);
    assert.match(refusal(`{"a":${"[".repeat(5000)}`), /nested deeper than 512/);
    assert.match(refusal(spanJson({ startTimeUnixNano: "99999999999999999999999" })), /more than 64 bits/);
  });

  it("refuses a span whose attribute is nested too deeply, like its protobuf twin", () => {
    const nested = (depth: number): object =>
      depth === 0 ? { intValue: 1 } : { arrayValue: { values: [nested(depth - 1)] } };
    const spanWith = (depth: number) =>
      decodeJson(spanJson({ attributes: [{ key: "a", value: nested(depth) }] }));
    assert.equal(spanWith(16).accepted, 1);
    for (const depth of [17, 18, 40, 90]) {
      const batch = spanWith(depth);
      assert.deepEqual(batch.refused, { invalid: 1 });
      assert.match(batch.refusalMessage, /nested deeper than 16 levels/);
    }
  });
});
