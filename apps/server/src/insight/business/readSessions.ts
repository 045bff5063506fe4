/**
 * What sessions did. A session belongs to a window when it was active in it, and counts with what it did there. Whether it
 * left its cart is known once it has been silent for half an hour: until then it is not counted among those that did.
 */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";

/** The usual end of a session in web analytics. */
export const SILENCE_MS = 30 * 60_000;
/** Upper ends of the bands of a session's slowest LCP, milliseconds; the published thresholds are among them. */
export const BANDS_MS = [1000, 1800, 2500, 4000] as const;
/** As the statement numbers them; 0 is a session whose page speed is unknown. */
const BANDS = [...BANDS_MS, Infinity].map((_, index) => index + 1);
/** `business_sessions` is kept so long. */
export const SESSIONS_KEPT_DAYS = 90;

export interface SessionTotals {
  readonly sessions: number;
  /** Over, those of them with a checkout, and with a checkout and an order. */
  readonly checkouts: number;
  readonly converted: number;
  /** Over, with something put into the cart; those of them without an order. */
  readonly carts: number;
  readonly abandoned: number;
  /** Median and mean length of those with more than one moment, milliseconds; null without any. */
  readonly lengthMedianMs: number | null;
  readonly lengthSessions: number;
}

export interface Sessions {
  readonly current: SessionTotals;
  readonly previous: SessionTotals;
  /** Sessions over whose page speed is known, by band of `BANDS_MS`, and those of them that ordered. */
  readonly bands: readonly { readonly n: number; readonly k: number }[];
}

interface Row extends Omit<SessionTotals, "lengthMedianMs"> {
  readonly isPrevious: 0 | 1;
  readonly lengthMedianMs: number;
  readonly bandN: readonly number[];
  readonly bandK: readonly number[];
}

const NONE: SessionTotals = {
  sessions: 0,
  checkouts: 0,
  converted: 0,
  carts: 0,
  abandoned: 0,
  lengthMedianMs: null,
  lengthSessions: 0,
};

export async function readSessions(reader: ScopedReader, grid: TimeGrid, nowMs: number): Promise<Sessions> {
  const rows = await reader.query<Row>(
    `SELECT isPrevious, count() AS sessions, countIf(is_over AND n_checkouts > 0) AS checkouts,
       countIf(is_over AND n_checkouts > 0 AND n_orders > 0) AS converted, countIf(is_over AND n_carts > 0) AS carts,
       countIf(is_over AND n_carts > 0 AND n_orders = 0) AS abandoned,
       toFloat64(quantileExactIf(0.5)(length_ms, is_over AND length_ms > 0)) AS lengthMedianMs,
       countIf(is_over AND length_ms > 0) AS lengthSessions,
       [${BANDS.map((band) => `countIf(is_over AND band = ${band})`).join(", ")}] AS bandN,
       [${BANDS.map((band) => `countIf(is_over AND band = ${band} AND n_orders > 0)`).join(", ")}] AS bandK
     FROM (
       SELECT time < toDateTime({from:UInt32}, 'UTC') AS isPrevious, session_id, sum(s.checkouts) AS n_checkouts,
         sum(s.orders) AS n_orders, sum(s.cart_adds) AS n_carts, max(lcp_ms_max) AS lcp_ms,
         toUnixTimestamp64Milli(max(last_at)) - toUnixTimestamp64Milli(min(first_at)) AS length_ms,
         toUnixTimestamp64Milli(max(last_at)) < {silentSince:Int64} AS is_over,
         if(lcp_ms <= 0, 0, 1 + arrayCount(limit -> lcp_ms > limit, [${BANDS_MS.join(", ")}])) AS band
       FROM business_sessions AS s
       WHERE tenant_id = {tenant:String} AND project_id = {project:String}
         AND time >= toDateTime({previousFrom:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       GROUP BY isPrevious, session_id
     )
     GROUP BY isPrevious`,
    { ...grid.params, silentSince: Math.round(nowMs - SILENCE_MS) },
    { name: "business.sessions" },
  );
  const totalsOf = (wanted: 0 | 1): SessionTotals => {
    const row = rows.find(({ isPrevious }) => isPrevious === wanted);
    if (row === undefined) return NONE;
    return { ...row, lengthMedianMs: row.lengthSessions === 0 ? null : row.lengthMedianMs };
  };
  const current = rows.find(({ isPrevious }) => isPrevious === 0);
  const bands = Array.from({ length: BANDS_MS.length + 1 }, (_, index) => ({
    n: current?.bandN[index] ?? 0,
    k: current?.bandK[index] ?? 0,
  }));
  return { current: totalsOf(0), previous: totalsOf(1), bands };
}

/** Sessions active in each point; a session that goes on over a border counts on both sides. */
export async function readActiveSessions(
  reader: ScopedReader,
  grid: TimeGrid,
): Promise<readonly (number | null)[]> {
  // Narrower points than the table's cells would be empty between them.
  const cellMs = Math.max(grid.stepMs, 300_000);
  const rows = await reader.query<{ readonly timeMs: number; readonly n: number }>(
    `SELECT toInt64(toUnixTimestamp(toStartOfInterval(time, toIntervalSecond({width:UInt32})))) * 1000 AS timeMs,
       uniqExact(session_id) AS n
     FROM business_sessions
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
     GROUP BY timeMs`,
    { ...grid.params, width: cellMs / 1000 },
    { name: "business.activeSessions" },
  );
  const byTime = new Map(rows.map(({ timeMs, n }) => [timeMs, n]));
  return grid.timesMs.map((timeMs) => byTime.get(Math.floor(timeMs / cellMs) * cellMs) ?? 0);
}
