/** How often which values were, in a range and in the period of the same length before it. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { coverOf } from "../rollups.ts";
import type { TimeGrid } from "../timeGrid.ts";
import { MEASURED, rawTime, VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import { addCounts, NO_COUNTS, stepsOfBuckets, stepsOfValues } from "./vitalHistogram.ts";
import type { Step, VitalCounts } from "./vitalHistogram.ts";
import type { VitalSource } from "./vitalSource.ts";

/** Up to so many page views a vital's percentiles are taken from the values themselves. */
const EXACT_VIEWS_MAX = 2000;

/** What page views have in common that makes them fast or slow by itself. */
export interface StratumCounts extends VitalCounts {
  /** `mobile`, `mobile, soft navigation` */
  readonly stratum: string;
}

export interface VitalWindow extends VitalCounts {
  readonly metric: VitalName;
  readonly isPrevious: boolean;
  /** End of the last cell that has a value. */
  readonly newestMs: number;
  readonly steps: readonly Step[];
  readonly strata: readonly StratumCounts[];
}

/** The stratum that page views are compared within; to be grouped by. */
export const STRATUM = `if(device_type = '', 'unknown device', device_type) ||
  if(navigation_type = 'soft-navigation', ', soft navigation', '') AS stratum`;

interface Row extends StratumCounts {
  readonly metric: VitalName;
  readonly isPrevious: 0 | 1;
  readonly newestMs: number;
}

type Total = Omit<VitalWindow, "isPrevious" | "steps"> & { readonly isPrevious: 0 | 1 };

interface ValueRow {
  readonly metric: VitalName;
  readonly isPrevious: 0 | 1;
  readonly value: number;
  readonly count: number;
}

export async function readCounts(
  reader: ScopedReader,
  grid: TimeGrid,
  source: VitalSource,
): Promise<VitalWindow[]> {
  const totals = totalsOf(await readStrata(reader, grid, source));
  const few = totals.filter(({ count }) => count <= EXACT_VIEWS_MAX);
  const values = few.length === 0 ? [] : await readValues(reader, grid, source, few);
  return totals.map((total) => {
    const own = values.filter(
      ({ metric, isPrevious }) => metric === total.metric && isPrevious === total.isPrevious,
    );
    const kept = own.reduce((sum, { count }) => sum + count, 0);
    // Raw rows live shorter than their rollups: only when all are there do they say everything.
    const steps = kept === total.count ? stepsOfValues(own) : stepsOfBuckets(total.metric, total);
    return { ...total, isPrevious: total.isPrevious === 1, steps };
  });
}

async function readStrata(reader: ScopedReader, grid: TimeGrid, source: VitalSource): Promise<Row[]> {
  const { range, previousFromMs, cellSeconds } = grid;
  const cells = vitalCells(
    source,
    [
      ...coverOf(previousFromMs, range.fromMs, cellSeconds),
      ...coverOf(range.fromMs, range.toMs, cellSeconds),
    ],
    cellSeconds,
  );
  return await reader.query<Row>(
    `SELECT metric, toUInt8(window_time < toDateTime({from:UInt32}, 'UTC')) AS isPrevious, ${STRATUM},
       ${VITAL_SUMS}, max(toUnixTimestamp(window_time) + width) * 1000 AS newestMs
     FROM (${cells.sql}) GROUP BY metric, isPrevious, stratum HAVING count > 0 ORDER BY stratum`,
    { ...grid.params, ...cells.params },
    { name: "vitals.totals" },
  );
}

function totalsOf(rows: readonly Row[]): Total[] {
  const groups = Map.groupBy(rows, ({ metric, isPrevious }) => `${metric} ${isPrevious}`);
  return [...groups.values()].flatMap((strata) => {
    const [first] = strata;
    if (first === undefined) return [];
    const { metric, isPrevious } = first;
    const newestMs = Math.max(...strata.map((row) => row.newestMs));
    return [{ ...strata.reduce<VitalCounts>(addCounts, NO_COUNTS), metric, isPrevious, newestMs, strata }];
  });
}

async function readValues(
  reader: ScopedReader,
  grid: TimeGrid,
  source: VitalSource,
  of: readonly Total[],
): Promise<ValueRow[]> {
  return await reader.query<ValueRow>(
    `SELECT metric, toUInt8(v.time < fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000)) AS isPrevious, value,
       sum(toInt64(sign)) AS count
     FROM web_vitals AS v
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
       AND (metric, isPrevious) IN (${of.map(({ metric, isPrevious }) => `('${metric}', ${isPrevious})`).join(", ")})
       AND ${rawTime("previousFrom", "to")} AND ${MEASURED}${source.where}
     GROUP BY metric, isPrevious, value HAVING count > 0
     ORDER BY metric, isPrevious, value`,
    { ...grid.params, ...source.params },
    { name: "vitals.values" },
  );
}
