/** Which vitals count already, so that their next report after a restart replaces them instead of counting again. */
import type { UnscopedReader } from "../engines/telemetry/index.ts";
import type { VitalSeed } from "./decode/browser/vitalMemory.ts";

/** A page that stays open longer than this and is looked at again counts as another view. */
const REMEMBERED_SECONDS = 6 * 3600;
const SEEDS_MAX = 200_000;

interface SeedRow extends Omit<VitalSeed, "keys"> {
  readonly page: string;
  readonly navigationType: string;
  readonly deviceType: string;
  readonly connectionType: string;
  readonly country: string;
  readonly release: string;
  readonly environment: string;
}

export async function readVitalSeeds(reader: UnscopedReader): Promise<VitalSeed[]> {
  const rows = await reader.query<SeedRow>(
    SEEDS,
    { seconds: REMEMBERED_SECONDS, limit: SEEDS_MAX },
    { name: "ingest.vitalSeeds", maxExecutionMs: 20_000, maxResultRows: SEEDS_MAX },
  );
  return rows.map(({ tenantId, projectId, metric, id, timeMs, value, ...keys }) => ({
    tenantId,
    projectId,
    metric,
    id,
    timeMs,
    value,
    keys,
  }));
}

/** Of each id the row that counts: the newest one, as VitalMemory decides. The most recently received first. */
const SEEDS = `
SELECT tenant_id AS tenantId, project_id AS projectId, metric, id, toUnixTimestamp64Milli(time) AS timeMs, value, page,
  navigation_type AS navigationType, device_type AS deviceType, connection_type AS connectionType, country, release,
  environment
FROM web_vitals
WHERE received_at >= now() - {seconds:UInt32} AND web_vitals.time >= fromUnixTimestamp64Milli(toInt64(toUnixTimestamp(now()) - 2 * {seconds:UInt32}) * 1000)
  AND sign = 1
ORDER BY time DESC, value DESC
LIMIT 1 BY tenant_id, project_id, metric, id
LIMIT {limit:UInt32}`;
