/** What is stored already, so that a restart neither forgets known routes and series nor lets a flood in again. */
import type { UnscopedReader } from "../engines/telemetry/index.ts";
import { GUARD_LIMITS, type GuardKind, type GuardSeed } from "./decode/guard.ts";

interface SeedRow {
  readonly tenantId: string;
  readonly projectId: string;
  readonly kind: GuardKind;
  readonly service: string;
  readonly metric: string;
  readonly value: string;
}

/** Values seen within the time that the guard remembers. Span names come from raw rows: ask in the background. */
export async function readGuardSeeds(reader: UnscopedReader): Promise<GuardSeed[]> {
  const rows = await reader.query<SeedRow>(
    SEEDS,
    { seconds: Math.round(GUARD_LIMITS.forgetAfterMs / 1000), limit: GUARD_LIMITS.valuesMax },
    { name: "ingest.guardSeeds", maxExecutionMs: 20_000, maxResultRows: GUARD_LIMITS.valuesMax },
  );
  return rows.map(({ metric, ...seed }) => (metric === "" ? seed : { ...seed, metric }));
}

const SEEDS = `
SELECT tenant_id AS tenantId, project_id AS projectId, kind, service, metric, value FROM (
  SELECT tenant_id, project_id, 'service' AS kind, '' AS service, '' AS metric, toString(span_rollups.service) AS value
  FROM span_rollups WHERE step_seconds = 3600 AND time >= now() - {seconds:UInt32} GROUP BY ALL
  UNION ALL
  SELECT tenant_id, project_id, 'route' AS kind, toString(request_rollups.service) AS service, '' AS metric, toString(route) AS value
  FROM request_rollups WHERE step_seconds = 3600 AND time >= now() - {seconds:UInt32} GROUP BY ALL
  UNION ALL
  SELECT tenant_id, project_id, 'name' AS kind, toString(spans.service) AS service, '' AS metric, toString(name) AS value
  FROM spans WHERE time >= now() - {seconds:UInt32} GROUP BY ALL
  UNION ALL
  SELECT tenant_id, project_id, 'page' AS kind, '' AS service, '' AS metric, toString(page) AS value
  FROM vital_rollups WHERE step_seconds = 3600 AND slice = 'page' AND time >= now() - {seconds:UInt32} GROUP BY ALL
  UNION ALL
  SELECT tenant_id, project_id, 'metric' AS kind, toString(metric_series.service) AS service, '' AS metric, toString(metric_series.metric) AS value
  FROM metric_series WHERE last_seen >= now() - {seconds:UInt32} GROUP BY ALL
  UNION ALL
  SELECT tenant_id, project_id, 'series' AS kind, toString(metric_series.service) AS service, toString(metric_series.metric) AS metric,
    toString(series_id) AS value
  FROM metric_series WHERE last_seen >= now() - {seconds:UInt32} GROUP BY ALL
)
LIMIT {limit:UInt32}`;
