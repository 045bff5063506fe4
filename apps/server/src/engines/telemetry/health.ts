/** What the System page and readiness ask of the engine. */
import type { ClusterTarget } from "./migrate/template.ts";
import { TELEMETRY_DATABASE } from "./migrate/template.ts";
import type { EngineHealth, UnscopedReader } from "./store.ts";

interface HealthRow {
  readonly version: string;
  readonly memory_bytes: number;
  readonly memory_limit_bytes: number;
  readonly disk_bytes: number;
  readonly row_count: number;
  readonly active_parts: number;
}

/** Never rejects: an engine that can't answer is the answer. `rows` counts all tables, rollups included. */
export async function readHealth(
  backend: EngineHealth["backend"],
  query: UnscopedReader["query"],
  cluster: ClusterTarget | null,
): Promise<EngineHealth> {
  // One replica of each shard: every row of the cluster once.
  const parts = cluster === null ? "system.parts" : `cluster(${cluster.cluster}, system.parts)`;
  try {
    const [row] = await query<HealthRow>(
      `SELECT version() AS version,
        (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking') AS memory_bytes,
        (SELECT toUInt64(value) FROM system.server_settings WHERE name = 'max_server_memory_usage') AS memory_limit_bytes,
        sum(bytes_on_disk) AS disk_bytes, sum(rows) AS row_count, count() AS active_parts
      FROM ${parts} WHERE active AND database = '${TELEMETRY_DATABASE}'`,
      {},
      { name: "telemetry.health", maxExecutionMs: 3000 },
    );
    if (row === undefined) throw new Error("The engine answered nothing.");
    return {
      backend,
      version: row.version,
      ok: true,
      memoryBytes: Math.max(row.memory_bytes, 0),
      memoryLimitBytes: row.memory_limit_bytes,
      diskBytes: row.disk_bytes,
      rows: row.row_count,
      activeParts: row.active_parts,
    };
  } catch (error) {
    return {
      backend,
      version: "",
      ok: false,
      memoryBytes: 0,
      memoryLimitBytes: 0,
      diskBytes: 0,
      rows: 0,
      activeParts: 0,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
