/** One worker's decoder: a request in, its rows out. Synchronous; all buffers are kept for the next request. */
import type { QuotaKind } from "../quotas.ts";
import {
  IngestRefusal,
  type DecodedBatch,
  type EncodedRows,
  type IngestRequest,
  type OtlpSignal,
} from "../types.ts";
import { ValueReader } from "./anyValue.ts";
import { BrowserDecoder, isBrowserSignal } from "./browser/browserDecoder.ts";
import { VitalMemory } from "./browser/vitalMemory.ts";
import { freeBuffer } from "./freeBuffer.ts";
import { createGuard, type Guard } from "./guard.ts";
import { inflate } from "./inflate.ts";
import { Interner } from "./interner.ts";
import { DECODE_LIMITS, type DecodeLimits } from "./limits.ts";
import { JsonToWire } from "./jsonToWire.ts";
import { locate } from "./locate.ts";
import { LogsDecoder } from "./logs.ts";
import { MetricsDecoder } from "./metrics.ts";
import { REQUESTS } from "./otlpFields.ts";
import { ResourceContext } from "./resource.ts";
import { Tally } from "./tally.ts";
import { TracesDecoder } from "./traces.ts";
import { WELL_KNOWN } from "./wellKnown.ts";
import { WireFault, WireReader } from "./wireReader.ts";

export interface DecodeFlags {
  /** Whether somebody watches the live tail of this project. */
  readonly tail: boolean;
  /** Kinds of items whose daily quota is used up: they are refused one by one. */
  readonly exceeded?: readonly QuotaKind[];
}

export interface Decoder {
  /** Throws IngestRefusal when nothing of the request can be taken. */
  decode(request: IngestRequest, flags: DecodeFlags): DecodedBatch;
  readonly guard: Guard;
  readonly vitals: VitalMemory;
}

/** Buffers that grew past this for one large request are not kept. */
const KEPT_BODY_BYTES = 4 * 1024 * 1024;

export function createDecoder(limits: DecodeLimits = DECODE_LIMITS, guard: Guard = createGuard()): Decoder {
  const vitals = new VitalMemory();
  let parts = createParts(limits, guard, vitals);
  return {
    guard,
    vitals,
    decode(request, flags) {
      const { reader, interner } = parts;
      const body = inflate(request.body, request.compression, limits.bodyBytesMax);
      // Faults before this are in the body as sent, later ones in the wire format (made from it, for JSON).
      let isOnWire = request.encoding === "protobuf";
      try {
        const { signal } = request;
        if (isBrowserSignal(signal)) {
          interner.beginRequest();
          const tally = new Tally(request, limits, flags);
          const { tables, outcome } = parts.browser.decode(signal, body, tally);
          return { ...batchOf(tables, tally), browser: outcome };
        }
        if (!isOnWire) {
          parts.json.convert(signal, body);
          reader.load(parts.json.out.bytes.subarray(0, parts.json.out.length));
          isOnWire = true;
        } else reader.load(body);
        interner.beginRequest();
        const tally = new Tally(request, limits, flags);
        return batchOf(parts[signal].decode(tally), tally);
      } catch (error) {
        if (error instanceof WireFault) throw malformed(error, request, isOnWire ? reader : null);
        // Every request starts by clearing the buffers; only after a defect of ours is nothing trusted.
        if (!(error instanceof IngestRefusal)) parts = createParts(limits, guard, vitals);
        throw error;
      } finally {
        if (interner.isWorn || body.length > KEPT_BODY_BYTES) parts = createParts(limits, guard, vitals);
        if (body !== request.body) freeBuffer(body);
      }
    },
  };
}

function batchOf(tables: readonly EncodedRows[], tally: Tally): DecodedBatch {
  return {
    tables,
    accepted: tally.accepted,
    events: tally.events,
    refused: tally.refused,
    refusalMessage: tally.message(),
    overflowed: tally.overflowed,
    newestTimeMs: tally.newestTimeMs,
    services: [...tally.services],
    tail: tally.tail,
    tailLeftOut: tally.tailLeftOut,
  };
}

interface Parts {
  readonly reader: WireReader;
  readonly interner: Interner;
  readonly json: JsonToWire;
  readonly traces: TracesDecoder;
  readonly logs: LogsDecoder;
  readonly metrics: MetricsDecoder;
  readonly browser: BrowserDecoder;
}

function createParts(limits: DecodeLimits, guard: Guard, vitals: VitalMemory): Parts {
  const reader = new WireReader();
  const interner = new Interner(WELL_KNOWN, limits.distinctMax);
  const value = new ValueReader(reader, interner, limits);
  const resource = new ResourceContext(value, guard);
  return {
    reader,
    interner,
    json: new JsonToWire(limits),
    traces: new TracesDecoder(value, resource, guard),
    logs: new LogsDecoder(value, resource),
    metrics: new MetricsDecoder(value, resource, guard),
    browser: new BrowserDecoder(interner, guard, vitals, limits),
  };
}

/** Faults of JSON text know their field already; those of the wire are located by walking to their byte once more. */
function malformed(fault: WireFault, request: IngestRequest, wire: WireReader | null): IngestRefusal {
  // Only OTLP is read by the wire reader.
  const path = wire === null ? "" : locate(wire, REQUESTS[request.signal as OtlpSignal], fault.at);
  const byte = wire !== null && request.encoding === "json" ? "" : `at byte ${fault.at}`;
  const where = [byte, path === "" ? "" : `in ${path}`].filter((part) => part !== "").join(", ");
  return new IngestRefusal(
    "malformed",
    `The body is not OTLP ${request.signal} in ${request.encoding}: found ${fault.message} (${where}).`,
  );
}
