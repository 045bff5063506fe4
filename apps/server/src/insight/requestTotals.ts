/** Requests of the whole range and of the window before it, together and by service. */
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow, type Percentiles } from "./buckets.ts";
import { requestFilter, type RequestFilter } from "./requestFilter.ts";
import { coverOf, requestCells } from "./rollups.ts";
import type { TimeGrid } from "./timeGrid.ts";

export interface RequestTotals extends Percentiles {
  readonly requests: number;
  readonly failed: number;
  readonly releases: readonly string[];
}

export interface TotalsByService {
  readonly current: RequestTotals;
  readonly previous: RequestTotals;
  readonly byService: ReadonlyMap<string, RequestTotals>;
}

const NO_REQUESTS: RequestTotals = {
  requests: 0,
  failed: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  releases: [],
};

const CURRENT = 0;
const PREVIOUS = 1;

interface Row extends Omit<RequestTotals, keyof Percentiles>, DurationRow {
  readonly isTotal: number;
  readonly windowIndex: number;
  readonly service: string;
}

export async function readRequestTotals(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: RequestFilter,
): Promise<TotalsByService> {
  const { where, params } = requestFilter(filter);
  const { fromMs, toMs } = grid.range;
  const cells = requestCells(
    [coverOf(fromMs, toMs, grid.rollup), coverOf(grid.previousFromMs, fromMs, grid.rollup)],
    "service, service_version, count, errors, duration_ns_max, duration_buckets",
    where,
  );
  const rows = await reader.query<Row>(
    `SELECT windowIndex, grouping(service) AS isTotal, service, sum(count) AS requests, sum(errors) AS failed,
       groupUniqArrayIf(20)(toString(service_version), service_version != '') AS releases,
       ${DURATION_COLUMNS}
     FROM ${cells.sql}
     GROUP BY GROUPING SETS ((windowIndex), (windowIndex, service))
     HAVING isTotal = 1 OR windowIndex = ${CURRENT}`,
    { ...cells.params, ...params },
    { name: "requests.totals" },
  );
  const totals = rows.map(({ buckets, maxNs, ...row }) => ({ ...row, ...percentilesOf({ buckets, maxNs }) }));
  const totalOf = (window: number) =>
    totals.find(({ isTotal, windowIndex }) => isTotal === 1 && windowIndex === window) ?? NO_REQUESTS;
  return {
    current: totalOf(CURRENT),
    previous: totalOf(PREVIOUS),
    byService: new Map(totals.filter(({ isTotal }) => isTotal === 0).map((row) => [row.service, row])),
  };
}
