/** The product's own health, whole: what the System page and its live topic show. */
import type { SystemPage } from "@throughline/contract";
import type { ControlStore } from "../../engines/control/index.ts";
import type { TelemetryStore } from "../../engines/telemetry/index.ts";
import type { Ingest } from "../../ingest/index.ts";
import { findingsOf, statusOf } from "./findings.ts";
import { ingestHistory } from "./ingestHistory.ts";
import { readLedger, type LedgerWindow } from "./ledger.ts";
import type { ProcessProbe } from "./processFacts.ts";
import { readStoredTables } from "./storedTables.ts";

export { readOwnPerformance } from "./ownPerformance.ts";
export { auditLedger, type LedgerWindow } from "./ledger.ts";
export { startLedgerAudit } from "./ledgerAudit.ts";
export { createProcessProbe, type ProcessProbe } from "./processFacts.ts";

export interface SystemSources {
  readonly tenantId: string;
  /** The project that holds the product's own telemetry. */
  readonly ownProjectId: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly telemetry: TelemetryStore;
  readonly control: Pick<ControlStore, "health">;
  readonly ingest: Pick<Ingest, "status">;
  readonly process: ProcessProbe;
  readonly live: () => SystemPage["live"];
  /** Daily quotas of which 80 % and more are used. */
  readonly quotas: () => SystemPage["quotas"];
  readonly breakers?: () => NonNullable<SystemPage["breakers"]>;
  /** Names by key id, for the ledger. */
  readonly keyNames: () => Promise<ReadonlyMap<string, string>>;
}

const HISTORY_MS = 3_600_000;
const OWN_TRACES_SHOWN = 12;

export async function readSystem(sources: SystemSources): Promise<SystemPage> {
  const nowMs = Date.now();
  const ingest = sources.ingest.status();
  const window = ledgerWindow(sources, nowMs);
  const [telemetry, control, processFacts, tables, ledger, keyNames, ownTraces] = await Promise.all([
    sources.telemetry.health(),
    sources.control.health(),
    sources.process.read(),
    readStoredTables(sources.telemetry.internal),
    readLedger(sources.telemetry.internal, window),
    sources.keyNames(),
    readOwnTraces(sources),
  ]);
  const facts = {
    version: sources.version,
    startedAtMs: sources.startedAtMs,
    fetchedAtMs: nowMs,
    ingest,
    telemetry,
    tables,
    control,
    quotas: sources.quotas(),
    process: processFacts,
    live: sources.live(),
    breakers: sources.breakers?.() ?? [],
    queries: [...sources.telemetry.queryStatistics()].toSorted((a, b) => b.p95Ms - a.p95Ms),
    history: ingestHistory(ledger, window.fromMs, nowMs),
    ledger: ledger.map((row) => ({ ...row, keyName: keyNames.get(row.keyId) ?? row.keyId })),
    ownTraces,
  };
  const findings = findingsOf(facts);
  return { ...facts, findings, status: statusOf(facts, findings) };
}

/** The last hour, settled up to the oldest row that still waits in the journal. */
export function ledgerWindow(
  { tenantId, ingest }: Pick<SystemSources, "tenantId" | "ingest">,
  nowMs: number,
): LedgerWindow {
  const waitingMs = ingest.status().oldestUnstoredAgeMs ?? 0;
  const fromMs = Math.floor((nowMs - HISTORY_MS) / 60_000) * 60_000;
  return { tenantId, fromMs, toMs: nowMs, settledBeforeMs: nowMs - waitingMs };
}

async function readOwnTraces({
  telemetry,
  tenantId,
  ownProjectId,
}: SystemSources): Promise<SystemPage["ownTraces"]> {
  const rows = await telemetry.scoped({ tenantId, projectId: ownProjectId }).query<{
    traceId: string;
    name: string;
    timeMs: number;
    durationMs: number;
    isError: number;
  }>(
    `SELECT lower(hex(s.trace_id)) AS traceId, toString(s.name) AS name, toUnixTimestamp64Milli(s.time) AS timeMs,
       s.duration_ns / 1e6 AS durationMs, s.status = 'error' AS isError
     FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
       AND s.time >= now64(9) - INTERVAL 1 HOUR AND s.kind = 'server'
     ORDER BY s.duration_ns DESC LIMIT ${OWN_TRACES_SHOWN}`,
    {},
    { name: "system.ownTraces" },
  );
  return rows.map((row) => ({ ...row, isError: row.isError === 1 }));
}
