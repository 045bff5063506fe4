/**
 * The ingest ledger: what senders were told (receipts, written by the journal) against what is stored (counted by the
 * engine from the raw tables), by key, signal and minute of arrival. received = stored + waiting + refused.
 */
import type { LedgerRow } from "@throughline/contract";
import type { UnscopedReader } from "../../engines/telemetry/index.ts";

export interface LedgerWindow {
  readonly tenantId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * Everything received before this moment has left the journal. Minutes that reach beyond it are still moving:
   * what is missing there waits, and is no difference.
   */
  readonly settledBeforeMs: number;
}

interface Row {
  readonly timeMs: number;
  readonly projectId: string;
  readonly keyId: string;
  readonly signal: string;
  readonly accepted: number;
  readonly stored: number;
  readonly reasons: readonly string[];
  /**
   * Items refused alone, whose request is on its accepted line, and requests refused whole, which count as one each:
   * nobody knows what they held. `too_large` may be both.
   */
  readonly refusals: readonly number[];
}

const MINUTE_MS = 60_000;

/** Newest minute first. `keyName` is the key's id: names live in the control store. */
export async function readLedger(reader: UnscopedReader, window: LedgerWindow): Promise<LedgerRow[]> {
  const rows = await reader.query<Row>(
    `SELECT toUnixTimestamp(minute) * 1000 AS timeMs, project AS projectId, key AS keyId, sig AS signal,
       sum(accepted_items) AS accepted, sum(stored_items) AS stored,
       groupArrayIf(why, why != '') AS reasons, groupArrayIf(refused_items, why != '') AS refusals
     FROM (
       SELECT time AS minute, toString(r.project_id) AS project, toString(r.ingest_key) AS key, toString(r.signal) AS sig,
         toString(r.reason) AS why, if(why = '', sum(r.items), 0) AS accepted_items, 0 AS stored_items,
         if(why = '', 0, sum(r.items) + sum(r.requests)) AS refused_items
       FROM ingest_receipts AS r
       WHERE r.tenant_id = {tenantId:String} AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY time, r.project_id, r.ingest_key, r.signal, r.reason
       UNION ALL
       SELECT time AS minute, toString(s.project_id) AS project, toString(s.ingest_key) AS key, toString(s.signal) AS sig,
         '' AS why, 0 AS accepted_items, sum(s.items) AS stored_items, 0 AS refused_items
       FROM ingest_stored AS s
       WHERE s.tenant_id = {tenantId:String} AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY time, s.project_id, s.ingest_key, s.signal
     )
     GROUP BY minute, project, key, sig
     ORDER BY minute DESC, project, key, sig
     LIMIT 2000`,
    {
      tenantId: window.tenantId,
      from: Math.floor(window.fromMs / 1000),
      to: Math.ceil(window.toMs / 1000),
    },
    { name: "system.ledger" },
  );
  return rows.map((row) => toLedgerRow(row, window.settledBeforeMs));
}

function toLedgerRow(row: Row, settledBeforeMs: number): LedgerRow {
  const refusedByReason = Object.fromEntries(
    row.reasons.map((reason, index) => [reason, row.refusals[index] ?? 0]),
  );
  const refused = row.refusals.reduce((sum, items) => sum + items, 0);
  const isSettled = row.timeMs + MINUTE_MS <= settledBeforeMs;
  // While a segment is being loaded its rows may be counted before its receipts are.
  const accepted = isSettled ? row.accepted : Math.max(row.accepted, row.stored);
  const missing = accepted - row.stored;
  return {
    minuteMs: row.timeMs,
    projectId: row.projectId,
    keyId: row.keyId,
    keyName: row.keyId,
    signal: row.signal,
    received: accepted + refused,
    stored: row.stored,
    refused,
    refusedByReason,
    waiting: isSettled ? 0 : missing,
    difference: isSettled ? missing : 0,
  };
}

/** The lines of settled minutes that do not add up; none is how it has to be. */
export async function auditLedger(reader: UnscopedReader, window: LedgerWindow): Promise<LedgerRow[]> {
  return (await readLedger(reader, window)).filter(({ difference }) => difference !== 0);
}
