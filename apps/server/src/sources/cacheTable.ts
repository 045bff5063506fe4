/**
 * For how long each kind of data is good: the one table. Fresh for `ttlMs`; after that, for `graceMs` more, it is answered
 * at once while it is asked for again, and stands in when that fails. What is not listed is never kept.
 */
export interface CacheRule {
  readonly ttlMs: number;
  readonly graceMs: number;
  /** What makes it old before its time. */
  readonly endedBy: "time" | "deployment" | "telemetry";
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

export const CACHE_TABLE = {
  systemHealth: { ttlMs: 15 * SECOND_MS, graceMs: 15 * MINUTE_MS, endedBy: "time" },
  metrics: { ttlMs: 15 * SECOND_MS, graceMs: 15 * MINUTE_MS, endedBy: "time" },
  // Three times as costly as what is above it on the page, and read by nobody second by second.
  overviewBeneath: { ttlMs: 5 * SECOND_MS, graceMs: 15 * SECOND_MS, endedBy: "time" },
  errorAlerts: { ttlMs: 30 * SECOND_MS, graceMs: 15 * MINUTE_MS, endedBy: "time" },
  storage: { ttlMs: MINUTE_MS, graceMs: 15 * MINUTE_MS, endedBy: "time" },
  deploymentStatus: { ttlMs: 30 * SECOND_MS, graceMs: 15 * MINUTE_MS, endedBy: "deployment" },
} as const satisfies Readonly<Record<string, CacheRule>>;

export type CacheKind = keyof typeof CACHE_TABLE;
