/** Messages between pglite.ts (main thread) and pgliteWorker.ts: one request, one reply, in order. */
import type { ServerErrorFields } from "./connection.ts";

export interface PgliteWorkerData {
  /** The cluster's folder; it exists. */
  readonly clusterDir: string;
}

export type PgliteRequest =
  | {
      readonly kind: "query";
      readonly id: number;
      readonly sql: string;
      readonly params: readonly (string | null)[];
    }
  | { readonly kind: "script"; readonly id: number; readonly sql: string }
  | { readonly kind: "syncCount"; readonly id: number }
  | { readonly kind: "close"; readonly id: number };

export type PgliteReply =
  | { readonly kind: "opened" }
  | { readonly kind: "done"; readonly id: number; readonly rows: readonly object[] }
  | { readonly kind: "failed"; readonly id: number; readonly error: ServerErrorFields };
