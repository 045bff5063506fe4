import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { IngestRefusal, type Compression, type IngestRequest } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { DECODE_LIMITS } from "./limits.ts";
import { attributes, encodeRequest } from "./testing/otlp.ts";
import { ingestRequest, NOW_NS } from "./testing/requests.ts";

const MIB = 1_048_576;
const decoder = createDecoder();

function refusal(request: IngestRequest, own = decoder): IngestRefusal {
  try {
    own.decode(request, { tail: false });
  } catch (error) {
    assert.ok(error instanceof IngestRefusal, String(error));
    return error;
  }
  throw new Error("The request was taken.");
}

function field(number: number, body: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = body.length;
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.from([(number << 3) | 2, ...length, rest]), body]);
}

/** A body whose one span holds these bytes. */
function spanOf(...parts: readonly Uint8Array[]): Buffer {
  return field(1, field(2, field(2, Buffer.concat(parts))));
}

const validSpan = {
  traceId: Buffer.alloc(16, 1),
  spanId: Buffer.alloc(8, 2),
  name: "op",
  startTimeUnixNano: String(NOW_NS),
  endTimeUnixNano: String(NOW_NS),
};
const validBody = encodeRequest("traces", {
  resourceSpans: [{ scopeSpans: [{ spans: [validSpan, validSpan] }] }],
});

describe("broken wire format is refused with what, where and in which field", () => {
  const message = (body: Uint8Array) => {
    const found = refusal(ingestRequest("traces", body));
    assert.equal(found.kind, "malformed");
    return found.message;
  };

  it("lengths beyond the parent's end", () => {
    assert.match(
      message(field(1, field(2, field(2, Uint8Array.from([0x2a, 0x64]))))),
      /found a length of 100 where 0 bytes are left \(at byte 7, in resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.name\)/,
    );
    assert.match(
      message(Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])),
      /a length of 4294967295 where 0 bytes/,
    );
    assert.match(
      message(Uint8Array.from([0x0a, ...Array<number>(9).fill(0xff), 0x01])),
      /a length of Infinity/,
    );
  });

  it("numbers that do not end", () => {
    assert.match(message(spanOf(Uint8Array.from([0x30, 0xff]))), /a number that is cut off/);
    assert.match(
      message(spanOf(Uint8Array.from([0x30, ...Array<number>(11).fill(0xff)]))),
      /more than 10 bytes/,
    );
    assert.match(message(spanOf(Uint8Array.from([0x39, 1, 2, 3]))), /8 bytes that are cut off/);
    assert.match(message(Uint8Array.from([0x85])), /cut off/);
  });

  it("groups, unknown wire types and field number 0", () => {
    for (const wireType of [3, 4, 6, 7]) {
      assert.match(
        message(spanOf(Uint8Array.from([0xa0 | wireType, 0x01]))),
        /wire type \d, which OTLP does not use/,
      );
    }
    assert.match(message(Uint8Array.from([0x00])), /field number of 0/);
  });

  it("every truncation of a valid request is refused or taken, and says so in a sentence", () => {
    for (let size = 1; size < validBody.length; size++) {
      assert.match(
        message(validBody.subarray(0, size)),
        /^The body is not OTLP traces in protobuf: found .+\)\.$/,
      );
    }
  });

  it("unknown fields of every legal wire type are skipped", () => {
    const unknown = Uint8Array.from([
      0xf8, 0x3f, 0xac, 0x02, 0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x3f, 1, 2, 3, 4,
    ]);
    const body = Buffer.concat([unknown, field(1000, Buffer.from("x")), validBody, unknown]);
    assert.equal(decoder.decode(ingestRequest("traces", body), { tail: false }).accepted, 2);
  });
});

describe("sizes stay bounded whatever a body claims", () => {
  it("values nested twenty thousand deep", () => {
    const value = nest(Uint8Array.from([0x18, 0x01]), 20_000);
    const pair = field(9, Buffer.concat([field(1, Buffer.from("k")), field(2, value)]));
    const body = spanOf(field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 1)), pair);
    const batch = decoder.decode(ingestRequest("traces", body), { tail: false });
    assert.deepEqual(batch.refused, { invalid: 1 });
  });

  it("a hundred thousand attributes of one span", () => {
    const pair = field(
      9,
      Buffer.concat([field(1, Buffer.from("k")), field(2, Uint8Array.from([0x18, 0x01]))]),
    );
    const ids = Buffer.concat([field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 1))]);
    const body = spanOf(ids, Buffer.concat(Array.from({ length: 100_000 }, () => pair)));
    const batch = decoder.decode(ingestRequest("traces", body), { tail: false });
    assert.equal(batch.accepted, 1);
    assert.ok(batch.tables[0]!.native.length < 10_000);
  });

  it("arrays of a million empty values", () => {
    const empty = Buffer.concat(Array.from({ length: 1_000_000 }, () => field(1, Buffer.alloc(0))));
    const body = spanOf(
      field(1, Buffer.alloc(16, 1)),
      field(2, Buffer.alloc(8, 1)),
      field(9, Buffer.concat([field(1, Buffer.from("k")), field(2, field(5, empty))])),
    );
    const batch = decoder.decode(ingestRequest("traces", body), { tail: false });
    assert.equal(batch.accepted, 1);
    assert.ok(batch.tables[0]!.native.length < 20_000);
  });

  it("millions of empty log records", () => {
    const records = Buffer.alloc(2 * 1_000_000, Uint8Array.from([0x12, 0x00]));
    const found = refusal(ingestRequest("logs", field(1, field(2, records))));
    assert.equal(found.kind, "too_large");
  });

  it("millions of empty resources, scopes and metrics", () => {
    const empty = Buffer.alloc(2 * 1_000_000, Uint8Array.from([0x12, 0x00]));
    const resources = Buffer.alloc(2 * 1_000_000, Uint8Array.from([0x0a, 0x00]));
    assert.equal(refusal(ingestRequest("traces", resources)).kind, "too_large");
    assert.equal(refusal(ingestRequest("logs", field(1, empty))).kind, "too_large");
    const found = refusal(ingestRequest("metrics", field(1, field(2, empty))));
    assert.match(found.message, /more than 200000 resources, scopes and metrics/);
  });

  it("events and exceptions that would become far more than the body", () => {
    const ids = Buffer.concat([field(1, Buffer.alloc(16, 1)), field(2, Buffer.alloc(8, 2))]);
    for (const event of [Buffer.alloc(0), field(2, Buffer.from("exception"))]) {
      const span = field(2, Buffer.concat([ids, ...Array.from({ length: 128 }, () => field(11, event))]));
      const body = field(1, field(2, Buffer.concat(Array.from({ length: 30_000 }, () => span))));
      const found = refusal(ingestRequest("traces", body));
      assert.equal(found.kind, "too_large");
      assert.match(found.message, /would become more than 128 MiB of rows/);
    }
  });

  it("a histogram of a million buckets is refused alone", () => {
    const points = [
      { timeUnixNano: String(NOW_NS), bucketCounts: Array<number>(100_000).fill(1) },
      { timeUnixNano: String(NOW_NS), explicitBounds: [1], bucketCounts: [1] },
      { timeUnixNano: String(NOW_NS), explicitBounds: [1], bucketCounts: [1, 2] },
    ];
    const metrics = [{ name: "m", histogram: { dataPoints: points } }];
    const body = encodeRequest("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    const batch = decoder.decode(ingestRequest("metrics", body), { tail: false });
    assert.deepEqual([batch.accepted, batch.refused], [1, { invalid: 2 }]);
    assert.match(batch.refusalMessage, /more than 4096 buckets/);
  });

  it("keys that never repeat", () => {
    const pair = (i: number) => ({ key: `key-${i}`, value: { intValue: 1 } });
    const spans = Array.from({ length: 1000 }, (_, i) => ({
      ...validSpan,
      attributes: Array.from({ length: 120 }, (_, j) => pair(i * 120 + j)),
    }));
    const found = refusal(
      ingestRequest("traces", encodeRequest("traces", { resourceSpans: [{ scopeSpans: [{ spans }] }] })),
    );
    assert.equal(found.kind, "too_large");
    assert.match(found.message, /Put ids into attribute values/);
  });

  it("memory comes back after large requests", () => {
    const spans = Array.from({ length: 2000 }, (_, i) => ({
      ...validSpan,
      name: `n${i % 50}`,
      attributes: attributes({ a: "x".repeat(8000) }),
    }));
    const body = encodeRequest("traces", { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    for (let i = 0; i < 3; i++) decoder.decode(ingestRequest("traces", body), { tail: false });
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) decoder.decode(ingestRequest("traces", body), { tail: false });
    assert.ok(process.memoryUsage().rss - before < 400 * MIB);
  });
});

describe("compressed bodies", () => {
  const compress: Readonly<Record<string, (body: Uint8Array) => Uint8Array>> = {
    gzip: (body) => gzipSync(body),
    zstd: (body) => zstdCompressSync(body),
    deflate: (body) => deflateSync(body),
  };
  const cases = Object.entries(compress) as [Compression, (body: Uint8Array) => Uint8Array][];

  for (const [compression, squeeze] of cases) {
    it(`${compression} is unpacked`, () => {
      const request = ingestRequest("traces", squeeze(validBody), "protobuf", compression);
      assert.equal(decoder.decode(request, { tail: false }).accepted, 2);
    });

    it(`${compression}: a bomb is refused before it fills memory`, () => {
      const bomb = squeeze(Buffer.alloc(256 * MIB));
      const before = process.memoryUsage().rss;
      const found = refusal(ingestRequest("traces", bomb, "protobuf", compression));
      assert.equal(found.kind, "too_large");
      assert.match(found.message, /larger than 64 MiB after decompression/);
      assert.ok(process.memoryUsage().rss - before < 200 * MIB);
    });

    it(`${compression}: what is cut off or something else is refused`, () => {
      const whole = squeeze(validBody);
      for (const body of [whole.subarray(0, whole.length - 5), validBody, new Uint8Array(0)]) {
        const found = refusal(ingestRequest("traces", body, "protobuf", compression));
        assert.equal(found.kind, "malformed");
        assert.match(found.message, new RegExp(`not ${compression} as its Content-Encoding says`));
      }
    });
  }

  it("deflate without zlib's header is understood too", () => {
    const request = ingestRequest("traces", deflateRawSync(validBody), "protobuf", "deflate");
    assert.equal(decoder.decode(request, { tail: false }).accepted, 2);
  });

  it("a plain body is bounded too", () => {
    const small = createDecoder({ ...DECODE_LIMITS, bodyBytesMax: 50 });
    assert.equal(refusal(ingestRequest("traces", validBody), small).kind, "too_large");
  });
});

/** `depth` arrays around a value. */
function nest(value: Uint8Array, depth: number): Uint8Array {
  let nested = value;
  for (let i = 0; i < depth; i++) nested = field(5, field(1, nested));
  return nested;
}
