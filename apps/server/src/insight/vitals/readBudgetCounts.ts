/** What budgets are judged by: page views of a window by page, device and vital, and how many of them are good. */
import type { VitalName } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { coverOf } from "../rollups.ts";
import { VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import type { VitalCounts } from "./vitalHistogram.ts";
import { vitalSource } from "./vitalSource.ts";

const MINUTE_MS = 60_000;
/** The cardinality guard lets fewer pages in. */
const ROWS_MAX = 50_000;

export interface BudgetRow {
  readonly page: string;
  /** Empty where it is not known. */
  readonly device: string;
  readonly metric: VitalName;
  readonly count: number;
  /** Up to the published threshold. */
  readonly good: number;
}

export interface BudgetWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `lengthMs` before now, in whole minutes, so that it is answered from rollups. */
export function budgetWindow(nowMs: number, lengthMs: number): BudgetWindow {
  const toMs = Math.ceil((nowMs + 1) / MINUTE_MS) * MINUTE_MS;
  return { fromMs: toMs - lengthMs, toMs };
}

/** Without histograms: for the published thresholds the counts decide. */
export async function readBudgetCounts(reader: ScopedReader, window: BudgetWindow): Promise<BudgetRow[]> {
  const cells = cellsOf(window);
  return await reader.query<BudgetRow>(
    `SELECT page, device_type AS device, metric, sum(n) AS count, sum(n_good) AS good
     FROM (${cells.sql}) GROUP BY page, device, metric HAVING count > 0 LIMIT ${ROWS_MAX}`,
    cells.params,
    { name: "budgets.counts" },
  );
}

export type BudgetHistogram = VitalCounts & Pick<BudgetRow, "page" | "device" | "metric">;

/** With histograms, of the pages named; an empty one stands for the whole site. */
export async function readBudgetHistograms(
  reader: ScopedReader,
  window: BudgetWindow,
  pages: readonly string[],
  metrics: readonly VitalName[],
): Promise<BudgetHistogram[]> {
  const cells = cellsOf(window);
  const rows = await reader.query<VitalCounts & { place: string; device: string; metric: VitalName }>(
    `SELECT arrayJoin(['', page]) AS place, device_type AS device, metric, ${VITAL_SUMS}
     FROM (${cells.sql}) WHERE metric IN {metrics:Array(String)}
     GROUP BY place, device, metric HAVING count > 0 AND place IN {pages:Array(String)}`,
    { ...cells.params, pages: [...pages], metrics: [...metrics] },
    { name: "budgets.histograms" },
  );
  return rows.map(({ place, ...row }) => ({ ...row, page: place }));
}

function cellsOf({ fromMs, toMs }: BudgetWindow) {
  const source = { ...vitalSource({}), slice: "page" as const };
  return vitalCells(source, coverOf(fromMs, toMs, 60), 60);
}
