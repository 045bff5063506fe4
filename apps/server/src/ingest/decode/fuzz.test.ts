import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it } from "node:test";
import { isUtf8 } from "node:buffer";
import {
  IngestRefusal,
  type DecodedBatch,
  type EncodedRows,
  type OtlpSignal,
  type WireEncoding,
} from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { MUTATIONS } from "./testing/mutate.ts";
import { openNativeReader } from "./testing/nativeRows.ts";
import { encodeRequest, randomFrom } from "./testing/otlp.ts";
import { otlpJson } from "./testing/otlpJson.ts";
import { RandomRequests } from "./testing/randomRequests.ts";
import { ingestRequest, NOW_MS } from "./testing/requests.ts";

const BODIES = Number(process.env["FUZZ_BODIES"] ?? 2000);
const READ_BY_ENGINE = 150;
const GROWTH_MIB_MAX = 200;

describe("hostile bodies are refused with a sentence or taken; nothing else happens", () => {
  for (const signal of ["traces", "logs", "metrics"] as const) {
    for (const encoding of ["protobuf", "json"] as const) {
      it(`${signal} in ${encoding}`, (t) => {
        const seed = Number(process.env["SEED"] ?? randomInt(1e9));
        t.diagnostic(`SEED=${seed}`);
        const { blocks, refused, taken } = fuzz(signal, encoding, seed);
        t.diagnostic(`${refused} refused, ${taken} taken`);
        assert.ok(refused > BODIES / 10 && taken > BODIES / 20, "both outcomes must be common");
        assertReadable(blocks);
      });
    }
  }
});

function fuzz(signal: OtlpSignal, encoding: WireEncoding, seed: number) {
  const random = randomFrom(seed);
  const generator = new RandomRequests(random, NOW_MS);
  const decoder = createDecoder();
  const mutations = Object.entries(MUTATIONS);
  const blocks: EncodedRows[] = [];
  let refused = 0;
  let taken = 0;
  const startBytes = process.memoryUsage().rss;
  const make = (): Uint8Array => {
    const message = generator.request(signal);
    return encoding === "json" ? otlpJson(message, random) : encodeRequest(signal, message);
  };
  let other = make();
  for (let i = 0; i < BODIES; i++) {
    const [name, mutate] = mutations[i % mutations.length]!;
    const original = make();
    const body = mutate(original, random, other);
    other = original;
    const what = `body ${i} (${name}, SEED=${seed})`;
    const outcome = attempt(decoder, signal, encoding, body, what);
    if (outcome === null) refused++;
    else {
      taken++;
      if (encoding === "json") assertIsJson(body, what);
      for (const block of outcome.tables) blocks.push(block);
      if (blocks.length > READ_BY_ENGINE) blocks.splice(Math.floor(random() * blocks.length), 1);
    }
  }
  const grownMiB = (process.memoryUsage().rss - startBytes) / 1_048_576;
  assert.ok(grownMiB < GROWTH_MIB_MAX, `memory grew by ${grownMiB} MiB`);
  return { blocks, refused, taken };
}

function attempt(
  decoder: ReturnType<typeof createDecoder>,
  signal: OtlpSignal,
  encoding: WireEncoding,
  body: Uint8Array,
  what: string,
): DecodedBatch | null {
  try {
    const batch = decoder.decode(ingestRequest(signal, body, encoding), { tail: true });
    const refused = Object.values(batch.refused).reduce((sum, items) => sum + items, 0);
    if (refused > 0) assert.match(batch.refusalMessage, /^Of \d+ items, .+\.$/, what);
    return batch;
  } catch (error) {
    assert.ok(
      error instanceof IngestRefusal,
      `${what}: ${error instanceof Error ? error.stack : String(error)}`,
    );
    assert.equal(error.kind, "malformed", what);
    assert.match(error.message, /^The body is not OTLP .*\.$/s, what);
    return null;
  }
}

/** What we take, JSON.parse takes too (it alone does not mind broken UTF-8, which we repair). */
function assertIsJson(body: Uint8Array, what: string): void {
  if (!isUtf8(body)) return;
  try {
    JSON.parse(Buffer.from(body).toString());
  } catch (error) {
    assert.fail(`${what} was taken, but is not JSON: ${String(error)}`);
  }
}

/** The engine reads every block of a table from one file, as many rows as were promised. */
function assertReadable(blocks: readonly EncodedRows[]): void {
  const engine = openNativeReader();
  try {
    for (const table of new Set(blocks.map((block) => block.table))) {
      const own = blocks.filter((block) => block.table === table);
      const rows = engine.rows(table, own).length;
      assert.equal(
        rows,
        own.reduce((sum, block) => sum + block.rows, 0),
      );
    }
  } finally {
    engine.close();
  }
}
