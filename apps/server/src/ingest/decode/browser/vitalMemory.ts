/**
 * Which value of each vital counts now. CLS and INP are reported again whenever they change, and beacons arrive twice or in
 * another order; a page view has to count once, with its last value. Rollups only add up, so the decoder has to know what a
 * report replaces: it takes the old value back and counts the new one (docs/decisions/0013).
 *
 * The last value of an id is that with the highest time, of equal times the highest value: the order of arrival makes no
 * difference. One memory per project (decodePool.ts sends a project's vitals to one worker), seeded from the store at start.
 */
import { randomBytes } from "node:crypto";
import { textFingerprint } from "../guard.ts";

/** What a rollup tells vitals apart by. */
export interface VitalKeys {
  readonly page: string;
  readonly navigationType: string;
  readonly deviceType: string;
  readonly connectionType: string;
  readonly country: string;
  readonly release: string;
  readonly environment: string;
}

export interface CountedVital {
  readonly timeMs: number;
  readonly value: number;
  readonly keys: VitalKeys;
}

export interface VitalId {
  readonly tenantId: string;
  readonly projectId: string;
  readonly metric: string;
  readonly id: string;
}

export interface VitalSeed extends VitalId, CountedVital {}

export type Verdict =
  /** It counts; `replaced` counted before and has to be taken back. */
  | { readonly counts: true; readonly replaced: CountedVital | null }
  /** Known already, or older than what is known. */
  | { readonly counts: false };

/** Two generations of so many ids: about 50 MB. */
const IDS_PER_GENERATION = 250_000;
/** Different combinations of keys that are shared by the ids' entries. */
const SHARED_KEYS_MAX = 20_000;

export class VitalMemory {
  readonly #idsPerGeneration: number;
  /** Nobody outside can tell which ids share a fingerprint. */
  readonly #secret = randomBytes(16).toString("hex");
  readonly #keys = new Map<string, VitalKeys>();
  #current = new Map<number, CountedVital>();
  #previous = new Map<number, CountedVital>();

  constructor(idsPerGeneration = IDS_PER_GENERATION) {
    this.#idsPerGeneration = idsPerGeneration;
  }

  /** Decides about a report and remembers it. */
  take(id: VitalId, report: CountedVital): Verdict {
    const fingerprint = this.#fingerprint(id);
    const known = this.#current.get(fingerprint) ?? this.#previous.get(fingerprint) ?? null;
    if (known !== null && !isNewer(report, known)) return { counts: false };
    this.#remember(fingerprint, report);
    return { counts: true, replaced: known };
  }

  /** Takes over what is stored; what was reported since counts more. */
  seed(seeds: readonly VitalSeed[]): void {
    for (const { tenantId, projectId, metric, id, ...counted } of seeds) {
      const fingerprint = this.#fingerprint({ tenantId, projectId, metric, id });
      if (!this.#current.has(fingerprint)) this.#remember(fingerprint, counted);
    }
  }

  #remember(fingerprint: number, { timeMs, value, keys }: CountedVital): void {
    if (this.#current.size >= this.#idsPerGeneration) {
      this.#previous = this.#current;
      this.#current = new Map();
    }
    this.#current.set(fingerprint, { timeMs, value, keys: this.#shared(keys) });
  }

  #shared(keys: VitalKeys): VitalKeys {
    const text = JSON.stringify(Object.values(keys));
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    if (this.#keys.size >= SHARED_KEYS_MAX) this.#keys.clear();
    this.#keys.set(text, keys);
    return keys;
  }

  #fingerprint({ tenantId, projectId, metric, id }: VitalId): number {
    return textFingerprint([this.#secret, tenantId, projectId, metric, id].join("\0"));
  }
}

function isNewer(report: CountedVital, known: CountedVital): boolean {
  return report.timeMs === known.timeMs ? report.value > known.value : report.timeMs > known.timeMs;
}
