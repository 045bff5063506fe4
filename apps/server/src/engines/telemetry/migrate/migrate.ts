/**
 * Brings the telemetry schema up to date. ClickHouse has no transactional DDL, so every statement of a migration can
 * run twice (IF NOT EXISTS): after a crash in the middle, or when two instances start at once, all are simply run again.
 */
import { TelemetryError } from "../store.ts";
import { quoteString } from "../sql/sqlText.ts";
import type { Migration } from "./migrations.ts";
import { renderMigration, TELEMETRY_DATABASE, type ClusterTarget } from "./template.ts";

/** What migrating needs of an engine; the current database is TELEMETRY_DATABASE once it exists. */
export interface MigrationTarget {
  command(sql: string): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
}

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

export function createDatabaseStatement(cluster: ClusterTarget | null): string {
  const where = cluster === null ? " ENGINE = Atomic" : ` ON CLUSTER ${cluster.cluster} ENGINE = Atomic`;
  return `CREATE DATABASE IF NOT EXISTS ${TELEMETRY_DATABASE}${where}`;
}

/** One table for the whole cluster: it lies on the same path on every shard. */
export function migrationsTableStatement(cluster: ClusterTarget | null): string {
  const path = `/clickhouse/tables/all/${TELEMETRY_DATABASE}/schema_migrations`;
  const columns = "(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC'))";
  return cluster === null
    ? `CREATE TABLE IF NOT EXISTS schema_migrations ${columns} ENGINE = ReplacingMergeTree ORDER BY version ` +
        `SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`
    : `CREATE TABLE IF NOT EXISTS schema_migrations ON CLUSTER ${cluster.cluster} ${columns} ` +
        `ENGINE = ReplicatedReplacingMergeTree('${path}', '{shard}-{replica}') ORDER BY version`;
}

/**
 * Applies what is missing and returns the versions applied.
 * @throws {TelemetryError} when an applied migration was edited or is newer than this program.
 */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[],
  cluster: ClusterTarget | null,
): Promise<number[]> {
  await target.command(migrationsTableStatement(cluster));
  const applied = await target.rows<AppliedMigration>(
    "SELECT version, any(name) AS name, any(checksum) AS checksum FROM schema_migrations GROUP BY version ORDER BY version",
  );
  for (const done of applied) checkKnown(done, migrations);
  const done = new Set(applied.map(({ version }) => version));
  const missing = migrations.filter(({ version }) => !done.has(version));
  for (const migration of missing) await apply(target, migration, cluster);
  return missing.map(({ version }) => version);
}

function checkKnown(done: AppliedMigration, migrations: readonly Migration[]): void {
  const known = migrations.find(({ version }) => version === done.version);
  if (known === undefined) {
    throw new TelemetryError(
      "statement",
      `The telemetry store was used by a newer version of Throughline (migration ${done.version} ${done.name}): ` +
        "start that version, or restore a backup made before the upgrade.",
    );
  }
  if (known.checksum !== done.checksum) {
    throw new TelemetryError(
      "statement",
      `Migration ${done.version} ${known.name} of the telemetry store was edited after it had been applied: ` +
        "undo the edit and put the change into a new migration.",
    );
  }
}

async function apply(
  target: MigrationTarget,
  migration: Migration,
  cluster: ClusterTarget | null,
): Promise<void> {
  for (const statement of renderMigration(migration.text, cluster)) {
    try {
      await target.command(statement);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new TelemetryError(
        error instanceof TelemetryError ? error.code : "statement",
        `Migration ${migration.version} ${migration.name} of the telemetry store failed: ${reason}`,
        error,
      );
    }
  }
  await target.command(
    `INSERT INTO schema_migrations SELECT ${migration.version}, ${quoteString(migration.name)}, ` +
      `${quoteString(migration.checksum)}, now64(3)`,
  );
}
