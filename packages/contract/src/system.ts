import { z } from "zod";
import { usageMeter } from "./usage.ts";

const counts = z.record(z.string(), z.number());

/** One line of the ingest ledger: received = stored + waiting + refused, or `difference` says otherwise. */
export const ledgerRow = z.object({
  minuteMs: z.number(),
  projectId: z.string(),
  keyId: z.string(),
  keyName: z.string(),
  signal: z.string(),
  received: z.number(),
  stored: z.number(),
  refused: z.number(),
  refusedByReason: counts,
  /** Accepted but not yet readable: still in the journal. */
  waiting: z.number(),
  difference: z.number(),
});
export type LedgerRow = z.infer<typeof ledgerRow>;

/** `GET /api/system`: the product's own health. */
export const systemPage = z.object({
  version: z.string(),
  startedAtMs: z.number(),
  fetchedAtMs: z.number(),
  status: z.enum(["ok", "degraded", "down"]),
  /** Daily quotas of which 80 % and more are used, by organisation. */
  quotas: z.array(usageMeter.extend({ organisation: z.string() })),
  findings: z.array(
    z.object({ severity: z.enum(["info", "warn", "error"]), text: z.string(), remedy: z.string() }),
  ),
  ingest: z.object({
    state: z.enum(["running", "degraded", "stopped"]),
    ratePerSecond: counts,
    acceptedTotal: counts,
    refusedTotal: counts,
    overflowedTotal: z.number(),
    journalBytes: z.number(),
    journalLimitBytes: z.number(),
    journalSegments: z.number(),
    quarantinedSegments: z.number(),
    oldestUnstoredAgeMs: z.number().nullable(),
    lastStoredAtMs: z.number().nullable(),
    lastLoadError: z.string().nullable(),
    ackP50Ms: z.number(),
    ackP99Ms: z.number(),
  }),
  telemetry: z.object({
    backend: z.string(),
    version: z.string(),
    ok: z.boolean(),
    memoryBytes: z.number(),
    memoryLimitBytes: z.number(),
    diskBytes: z.number(),
    rows: z.number(),
    activeParts: z.number(),
    message: z.string().optional(),
  }),
  tables: z.array(
    z.object({
      table: z.string(),
      rows: z.number(),
      sizeBytes: z.number(),
      oldestMs: z.number().nullable(),
      retentionDays: z.number(),
    }),
  ),
  control: z.object({
    backend: z.string(),
    version: z.string(),
    ok: z.boolean(),
    latencyMs: z.number(),
    diskBytes: z.number(),
    message: z.string().optional(),
  }),
  process: z.object({
    rssBytes: z.number(),
    heapUsedBytes: z.number(),
    /** Share of one core since the last sample. */
    cpuRatio: z.number(),
    cores: z.number(),
    eventLoopDelayP99Ms: z.number(),
    uptimeSeconds: z.number(),
    diskFreeBytes: z.number(),
  }),
  /** Outside services that were asked since the start. */
  breakers: z
    .array(
      z.object({
        service: z.string(),
        /** `open`: given up on for a while; `half-open`: one call tries whether it is back. */
        state: z.enum(["closed", "open", "half-open"]),
        /** Of the state; null while it never failed for long. */
        sinceMs: z.number().nullable(),
        trips: z.number(),
      }),
    )
    .optional(),
  live: z.object({ connections: z.number(), eventsPerMinute: z.number() }),
  queries: z.array(
    z.object({
      name: z.string(),
      count: z.number(),
      errors: z.number(),
      p50Ms: z.number(),
      p95Ms: z.number(),
      maxMs: z.number(),
    }),
  ),
  history: z.object({
    timesMs: z.array(z.number()),
    spansPerSecond: z.array(z.number()),
    logsPerSecond: z.array(z.number()),
    pointsPerSecond: z.array(z.number()),
    refusedPerSecond: z.array(z.number()),
  }),
  ledger: z.array(ledgerRow),
  ownTraces: z.array(
    z.object({
      traceId: z.string(),
      name: z.string(),
      timeMs: z.number(),
      durationMs: z.number(),
      isError: z.boolean(),
    }),
  ),
});
export type SystemPage = z.infer<typeof systemPage>;
