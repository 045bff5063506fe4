/** One worker's decoder of what browsers send. */
import type { BrowserOutcome, BrowserSignal, EncodedRows, Signal } from "../../types.ts";
import type { Guard } from "../guard.ts";
import type { Interner } from "../interner.ts";
import type { DecodeLimits } from "../limits.ts";
import type { Tally } from "../tally.ts";
import { EventsDecoder } from "./events.ts";
import { parseBody } from "./json.ts";
import type { VitalMemory } from "./vitalMemory.ts";
import { VitalsDecoder } from "./vitals.ts";

export class BrowserDecoder {
  readonly #vitals: VitalsDecoder;
  readonly #events: EventsDecoder;

  constructor(interner: Interner, guard: Guard, memory: VitalMemory, { rowBytesMax }: DecodeLimits) {
    this.#vitals = new VitalsDecoder(interner, guard, memory, rowBytesMax);
    this.#events = new EventsDecoder(interner, guard, rowBytesMax);
  }

  /** @throws {IngestRefusal} when nothing of the body can be taken */
  decode(
    signal: BrowserSignal,
    body: Uint8Array,
    tally: Tally,
  ): { readonly tables: EncodedRows[]; readonly outcome: BrowserOutcome } {
    const value = parseBody(body);
    return signal === "web_vitals" ? this.#vitals.decode(value, tally) : this.#events.decode(value, tally);
  }
}

export function isBrowserSignal(signal: Signal): signal is BrowserSignal {
  return signal === "web_vitals" || signal === "events";
}
