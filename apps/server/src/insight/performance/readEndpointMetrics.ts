/** Endpoints with volume, response times and sizes: what `endpointMetrics` of the GraphQL API says. */
import type { TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { DURATION_COLUMNS, percentilesOf, type DurationRow, type Percentiles } from "../buckets.ts";
import { cellsIn } from "../queries/queryCells.ts";
import { timeGrid } from "../timeGrid.ts";

const ENDPOINTS_MAX = 100;

export interface EndpointMetrics extends Percentiles {
  readonly service: string;
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  readonly avgMs: number;
  readonly maxMs: number;
  /** Null when no request said its size. */
  readonly requestBytesAvg: number | null;
  readonly responseBytesAvg: number | null;
}

interface Row extends DurationRow {
  readonly service: string;
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  readonly totalNs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Most of all request time first. @param route only this one */
export async function readEndpointMetrics(
  reader: ScopedReader,
  range: TimeRange,
  route: string | undefined,
  nowMs: number,
): Promise<EndpointMetrics[]> {
  const cells = cellsIn(timeGrid(range, nowMs), { route });
  const rows = await reader.query<Row>(
    `SELECT service, route, sum(count) AS requests, sum(errors) AS failed, sum(duration_ns_sum) AS totalNs,
       sum(request_bytes) AS requestBytes, sum(response_bytes) AS responseBytes, ${DURATION_COLUMNS}
     FROM request_rollups WHERE ${cells.sql}
     GROUP BY service, route HAVING requests > 0 ORDER BY totalNs DESC, service, route LIMIT ${ENDPOINTS_MAX}`,
    cells.params,
    { name: "performance.endpoints" },
  );
  return rows.map((row) => ({
    service: row.service,
    route: row.route,
    requests: row.requests,
    failed: row.failed,
    avgMs: row.totalNs / row.requests / 1e6,
    maxMs: row.maxNs / 1e6,
    ...percentilesOf(row),
    requestBytesAvg: row.requestBytes === 0 ? null : row.requestBytes / row.requests,
    responseBytesAvg: row.responseBytes === 0 ? null : row.responseBytes / row.requests,
  }));
}
