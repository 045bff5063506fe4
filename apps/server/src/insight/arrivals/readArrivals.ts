/** What of a project's data arrived and what was refused, by signal: from the receipts that senders were answered with. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";

/** How far back the last arrival is looked for. Who sent nothing for longer has stopped using it. */
const LOOK_BACK_SECONDS = 7 * 86_400;

export interface Arrivals {
  readonly signal: string;
  /** Start of the last minute in which something of it was accepted; null: never in the last seven days. */
  readonly lastMs: number | null;
  /** Minutes of the hour up to `lastMs` in which something was accepted: how steady it was. */
  readonly steadyMinutes: number;
  /** In the window that was asked for. Requests that were refused whole count as one: nobody knows what they held. */
  readonly accepted: number;
  readonly refused: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  /** Minutes of the last day in which something was refused, oldest first. */
  readonly refusedMinutesMs: readonly number[];
}

interface Row extends Omit<Arrivals, "lastMs" | "refusedByReason"> {
  readonly lastSeconds: number;
  readonly reasons: readonly string[];
  readonly counts: readonly number[];
}

/** @param windowMs how far back `accepted` and `refused` are counted */
export async function readArrivals(
  reader: ScopedReader,
  nowMs: number,
  windowMs: number,
): Promise<Arrivals[]> {
  const now = Math.floor(nowMs / 1000);
  const rows = await reader.query<Row>(
    `WITH minutes AS (
       SELECT toString(r.signal) AS of_signal, toString(r.reason) AS why, toUnixTimestamp(r.time) AS at,
         sum(r.items) + if(why = '', 0, sum(r.requests)) AS n
       FROM ingest_receipts AS r
       WHERE r.tenant_id = {tenant:String} AND r.project_id = {project:String}
         AND r.time >= toDateTime({from:UInt32}, 'UTC')
       GROUP BY of_signal, why, at HAVING n > 0
     ),
     reasons AS (
       SELECT of_signal, why, sumIf(n, at >= {windowFrom:UInt32}) AS recent,
         groupUniqArray(at) AS ats
       FROM minutes GROUP BY of_signal, why
     )
     SELECT of_signal AS signal, arrayMax(groupArrayArrayIf(ats, why = '') AS taken) AS lastSeconds,
       arrayCount(at -> at > lastSeconds - 3600, taken) AS steadyMinutes,
       sumIf(recent, why = '') AS accepted, sumIf(recent, why != '') AS refused,
       groupArrayIf(why, why != '' AND recent > 0) AS reasons,
       groupArrayIf(recent, why != '' AND recent > 0) AS counts,
       arrayMap(at -> toInt64(at) * 1000, arraySort(arrayDistinct(arrayFilter(at -> at >= {dayFrom:UInt32},
         groupArrayArrayIf(ats, why != ''))))) AS refusedMinutesMs
     FROM reasons GROUP BY of_signal ORDER BY signal`,
    {
      from: now - LOOK_BACK_SECONDS,
      windowFrom: now - Math.round(windowMs / 1000),
      dayFrom: now - 86_400,
    },
    { name: "arrivals" },
  );
  return rows.map(({ lastSeconds, reasons, counts, ...row }) => ({
    ...row,
    lastMs: lastSeconds === 0 ? null : lastSeconds * 1000,
    refusedByReason: Object.fromEntries(reasons.map((reason, index) => [reason, counts[index] ?? 0])),
  }));
}
