/** What the pool and its workers say to each other. Bodies and blocks are transferred, never copied. */
import type { DecodedBatch, IngestRequest, RefusalKind } from "../types.ts";
import type { DecodeFlags } from "./decoder.ts";
import type { VitalSeed } from "./browser/vitalMemory.ts";
import type { GuardLimits, GuardSeed } from "./guard.ts";
import type { DecodeLimits } from "./limits.ts";

/** `workerData` of a decode worker. */
export interface WorkerSettings {
  readonly limits: DecodeLimits;
  readonly guardLimits: GuardLimits;
}

export type ToWorker =
  | {
      readonly type: "decode";
      readonly id: number;
      readonly request: IngestRequest;
      readonly flags: DecodeFlags;
    }
  | { readonly type: "seed_vitals"; readonly seeds: readonly VitalSeed[] }
  | { readonly type: "seed"; readonly seeds: readonly GuardSeed[]; readonly nowMs: number };

export type FromWorker =
  | { readonly type: "decoded"; readonly id: number; readonly batch: DecodedBatch }
  | { readonly type: "refused"; readonly id: number; readonly kind: RefusalKind; readonly message: string }
  /** A defect of ours: the worker goes on, the request is answered as an internal error. */
  | { readonly type: "failed"; readonly id: number; readonly message: string };
