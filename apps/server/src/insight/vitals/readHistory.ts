/** Vitals by day and by release over a month: what "since when" and "did the release do it" are answered from. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { coverOf } from "../rollups.ts";
import type { StratumDay } from "../statistics/index.ts";
import { STRATUM } from "./readCounts.ts";
import { VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import { p75, stepsOfBuckets, type VitalCounts } from "./vitalHistogram.ts";
import type { VitalSource } from "./vitalSource.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HISTORY_DAYS = 30;
const RELEASES_MAX = 200;
/** A release with fewer page views is no yardstick for the next one, where there is another. */
const BASELINE_VIEWS_MIN = 200;
/** How far before the newest release its predecessor's page views count. */
const BASELINE_DAYS = 14;

export interface ReleaseSeen {
  readonly release: string;
  /** Start of the hour of its first page view. */
  readonly firstSeenMs: number;
  /** Readings of all vitals. */
  readonly count: number;
}

export interface ReleaseCounts extends VitalCounts {
  readonly metric: VitalName;
  readonly release: string;
  readonly stratum: string;
}

export interface VitalHistory {
  readonly days: ReadonlyMap<VitalName, readonly StratumDay[]>;
  /** Newest first. */
  readonly releases: readonly ReleaseSeen[];
  /** Null with fewer than two releases. */
  readonly compared: {
    readonly newest: string;
    readonly previous: string;
    readonly counts: readonly ReleaseCounts[];
  } | null;
}

export async function readHistory(
  reader: ScopedReader,
  source: VitalSource,
  nowMs: number,
): Promise<VitalHistory> {
  const [days, releases] = await Promise.all([
    readDays(reader, source, nowMs),
    readReleases(reader, source, nowMs),
  ]);
  const [newest, ...older] = releases;
  const previous = older.find(({ count }) => count >= BASELINE_VIEWS_MIN) ?? older[0];
  if (newest === undefined || previous === undefined) return { days, releases, compared: null };
  const counts = await readReleaseCounts(reader, source, nowMs, newest, previous.release);
  return { days, releases, compared: { newest: newest.release, previous: previous.release, counts } };
}

/** Whole days only: the morning's visitors are others than the evening's. */
async function readDays(
  reader: ScopedReader,
  source: VitalSource,
  nowMs: number,
): Promise<Map<VitalName, StratumDay[]>> {
  const toMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const piece = { stepSeconds: DAY_MS / 1000, fromMs: toMs - HISTORY_DAYS * DAY_MS, toMs };
  const cells = vitalCells(source, [piece], piece.stepSeconds);
  const rows = await reader.query<VitalCounts & { metric: VitalName; day: string; stratum: string }>(
    `SELECT metric, toString(toDate(window_time, 'UTC')) AS day, ${STRATUM}, ${VITAL_SUMS}
     FROM (${cells.sql}) GROUP BY metric, day, stratum HAVING count > 0`,
    cells.params,
    { name: "vitals.days" },
  );
  const days = rows.map((row) => {
    const { metric, day, stratum, count: n } = row;
    return { metric, day, stratum, n, p75: p75(stepsOfBuckets(metric, row)) ?? 0 };
  });
  return Map.groupBy(days, ({ metric }) => metric);
}

async function readReleases(
  reader: ScopedReader,
  source: VitalSource,
  nowMs: number,
): Promise<ReleaseSeen[]> {
  const toMs = Math.ceil((nowMs + 1) / HOUR_MS) * HOUR_MS;
  const piece = { stepSeconds: HOUR_MS / 1000, fromMs: toMs - (HISTORY_DAYS + 1) * DAY_MS, toMs };
  const cells = vitalCells(source, [piece], piece.stepSeconds);
  return await reader.query<ReleaseSeen>(
    `SELECT release, toUnixTimestamp(min(window_time)) * 1000 AS firstSeenMs, sum(n) AS count
     FROM (${cells.sql}) WHERE release != '' GROUP BY release HAVING count > 0
     ORDER BY firstSeenMs DESC, release DESC LIMIT ${RELEASES_MAX}`,
    cells.params,
    { name: "vitals.releases" },
  );
}

async function readReleaseCounts(
  reader: ScopedReader,
  source: VitalSource,
  nowMs: number,
  newest: ReleaseSeen,
  previous: string,
): Promise<ReleaseCounts[]> {
  const toMs = Math.ceil((nowMs + 1) / HOUR_MS) * HOUR_MS;
  const fromMs = newest.firstSeenMs - BASELINE_DAYS * DAY_MS;
  const cells = vitalCells(source, coverOf(fromMs, toMs, HOUR_MS / 1000), HOUR_MS / 1000);
  return await reader.query<ReleaseCounts>(
    `SELECT metric, release, ${STRATUM}, ${VITAL_SUMS}
     FROM (${cells.sql}) WHERE release IN ({newest:String}, {previous:String})
     GROUP BY metric, release, stratum HAVING count > 0`,
    { ...cells.params, newest: newest.release, previous },
    { name: "vitals.releaseCounts" },
  );
}
