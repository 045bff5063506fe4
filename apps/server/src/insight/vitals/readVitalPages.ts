/** Which pages gain most by being made faster: those with the most readings that are not good. */
import {
  vitalName,
  type TimeRange,
  type VitalName,
  type VitalPageRow,
  type VitalsFilter,
} from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { coverOf } from "../rollups.ts";
import { overallScore } from "../statistics/index.ts";
import { timeGrid } from "../timeGrid.ts";
import { cellOf } from "./vitalCell.ts";
import { VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import type { VitalCounts } from "./vitalHistogram.ts";
import { vitalSource } from "./vitalSource.ts";

const PAGES_MAX = 50;

interface Row extends VitalCounts {
  readonly page: string;
  readonly metric: VitalName;
}

export async function readVitalPages(
  reader: ScopedReader,
  asked: TimeRange,
  filter: VitalsFilter,
  nowMs: number,
): Promise<{ readonly range: TimeRange; readonly pages: VitalPageRow[] }> {
  const { range, cellSeconds } = timeGrid(asked, nowMs);
  const source = vitalSource(filter);
  const byPage = source.slice === "site" ? { ...source, slice: "page" as const } : source;
  const cells = vitalCells(byPage, coverOf(range.fromMs, range.toMs, cellSeconds), cellSeconds);
  const rows = await reader.query<Row>(
    `SELECT page, metric, ${VITAL_SUMS} FROM (${cells.sql})
     WHERE page IN (SELECT page FROM (${cells.sql}) GROUP BY page ORDER BY sum(n - n_good) DESC, page LIMIT ${PAGES_MAX})
     GROUP BY page, metric HAVING count > 0`,
    cells.params,
    { name: "vitals.pages" },
  );
  const pages = [...Map.groupBy(rows, ({ page }) => page)].map(([page, own]) => rowOf(page, own));
  return {
    range,
    pages: pages.sort((a, b) => b.notGoodCount - a.notGoodCount || (a.page < b.page ? -1 : 1)),
  };
}

function rowOf(page: string, rows: readonly Row[]): VitalPageRow {
  const vitals = rows
    .map(cellOf)
    .sort((a, b) => vitalName.options.indexOf(a.name) - vitalName.options.indexOf(b.name));
  return {
    page,
    viewCount: Math.max(...vitals.map(({ sampleCount }) => sampleCount)),
    notGoodCount: rows.reduce((sum, { count, good }) => sum + count - good, 0),
    score: overallScore(vitals.map(({ name, value, sampleCount }) => ({ name, n: sampleCount, p75: value })))
      .score,
    vitals,
  };
}
