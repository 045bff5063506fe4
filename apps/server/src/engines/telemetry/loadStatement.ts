/** How a journal file becomes rows, the same on both backends. */
import { COLUMN_DEFAULTS, COLUMNS } from "./columns.ts";
import type { EngineSettings } from "./driver.ts";
import type { LoadFile, TelemetryTable } from "./store.ts";

/**
 * Exactly once: the engine drops a block whose token it has seen, in the table and in the target of every view. That
 * needs the same blocks on every try: one thread reads, and blocks are put together up to sizes no segment reaches
 * (100 000 rows or 64 MiB; a longer file still splits at the same rows each time).
 */
export function loadSettings(file: LoadFile): EngineSettings {
  return {
    insert_deduplicate: 1,
    insert_deduplication_token: file.dedupToken,
    deduplicate_blocks_in_dependent_materialized_views: 1,
    materialized_views_ignore_errors: 0,
    async_insert: 0,
    max_threads: 1,
    // A load must not fail for its size, or nothing after it is ever loaded: groups beyond this go to disk.
    max_bytes_before_external_group_by: 33_554_432,
    max_bytes_ratio_before_external_group_by: 0,
    max_insert_threads: 1,
    max_insert_block_size: 4_000_000,
    min_insert_block_size_rows: 4_000_000,
    min_insert_block_size_bytes: 1_000_000_000,
    max_partitions_per_insert_block: 0,
    max_execution_time: LOAD_SECONDS_MAX,
  };
}

/** A load that takes longer is given up and tried again. */
export const LOAD_SECONDS_MAX = 300;

export function columnNames(table: TelemetryTable): string {
  return COLUMNS[table].map(([name]) => name).join(", ");
}

/** For the table function file(). */
export function fileStructure(table: TelemetryTable): string {
  return COLUMNS[table]
    .map(([name, type]) => {
      const value = COLUMN_DEFAULTS[name];
      return value === undefined ? `${name} ${type}` : `${name} ${type} DEFAULT ${value}`;
    })
    .join(", ");
}
