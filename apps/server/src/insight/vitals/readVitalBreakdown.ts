/** Who has it slow: the same page views by device, country, connection and release. */
import {
  VITAL_DIMENSIONS,
  vitalName,
  type TimeRange,
  type VitalBreakdown,
  type VitalDimension,
  type VitalName,
  type VitalsFilter,
} from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { coverOf } from "../rollups.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import { cellOf } from "./vitalCell.ts";
import { VITAL_SUMS, vitalCells } from "./vitalCells.ts";
import type { VitalCounts } from "./vitalHistogram.ts";
import { vitalSource, type VitalSource } from "./vitalSource.ts";

/** Further ones are left out: those with the most page views stay. */
const VALUES_MAX = 20;

const COLUMNS: Readonly<Record<VitalDimension, string>> = {
  device: "device_type",
  country: "country",
  connection: "connection_type",
  release: "release",
};

interface Row extends VitalCounts {
  readonly value: string;
  readonly metric: VitalName;
}

export async function readVitalBreakdown(
  reader: ScopedReader,
  asked: TimeRange,
  filter: VitalsFilter,
  nowMs: number,
): Promise<Omit<VitalBreakdown, "project">> {
  const grid = timeGrid(asked, nowMs);
  const source = vitalSource(filter);
  const dimensions = await Promise.all(
    VITAL_DIMENSIONS.map(async (dimension) => ({
      dimension,
      values: await readBy(reader, grid, source, dimension),
    })),
  );
  return { range: grid.range, dimensions };
}

async function readBy(reader: ScopedReader, grid: TimeGrid, source: VitalSource, dimension: VitalDimension) {
  const isDetail = dimension === "country" || dimension === "connection";
  const { range, cellSeconds } = grid;
  const cells = vitalCells(
    isDetail ? { ...source, slice: "detail" } : source,
    coverOf(range.fromMs, range.toMs, cellSeconds),
    cellSeconds,
  );
  const column = COLUMNS[dimension];
  const rows = await reader.query<Row>(
    `SELECT ${column} AS value, metric, ${VITAL_SUMS} FROM (${cells.sql})
     WHERE value IN (SELECT ${column} FROM (${cells.sql}) GROUP BY ${column} ORDER BY sum(n) DESC, ${column} LIMIT ${VALUES_MAX})
     GROUP BY value, metric HAVING count > 0`,
    cells.params,
    { name: `vitals.by.${dimension}` },
  );
  return [...Map.groupBy(rows, ({ value }) => value)]
    .map(([value, own]) => ({
      value,
      vitals: own
        .map(cellOf)
        .sort((a, b) => vitalName.options.indexOf(a.name) - vitalName.options.indexOf(b.name)),
    }))
    .sort((a, b) => viewsOf(b.vitals) - viewsOf(a.vitals) || (a.value < b.value ? -1 : 1));
}

function viewsOf(vitals: readonly { readonly sampleCount: number }[]): number {
  return Math.max(...vitals.map(({ sampleCount }) => sampleCount));
}
