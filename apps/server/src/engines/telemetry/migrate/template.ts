/**
 * Renders a migration for one server or for a cluster; the template language is described in migrations/0001.
 * On a cluster every table that stores rows is `NAME_local`, replicated per shard, behind a Distributed table NAME.
 */
import { splitStatements } from "../sql/sqlText.ts";

export interface ClusterTarget {
  /** Name of the cluster in the servers' remote_servers; their macros {shard} and {replica} tell them apart. */
  readonly cluster: string;
}

/** Segments a crashed process may replay have to lie within it: a load is one part per table and day. */
const DEDUP_SINGLE = "non_replicated_deduplication_window = 1000";
/** Counted over all instances of the product, which share the servers. */
const DEDUP_REPLICATED =
  "replicated_deduplication_window = 20000, replicated_deduplication_window_seconds = 604800";

/**
 * What every table asks of its storage; measured in docs/decisions/0004.
 * - An acknowledged load is on disk.
 * - A load writes two files (compact part) instead of seventy that each want an fsync; the first merge makes it wide.
 * - Strings carry their length in front: a stream of 8-byte lengths beside them cost 11 bytes a span in the maps.
 * - Columns without a codec of their own are compressed like the rest.
 */
const STORAGE =
  "fsync_after_insert = 1, fsync_part_directory = 1, min_level_for_wide_part = 1, " +
  "string_serialization_version = 'single_stream', default_compression_codec = 'ZSTD(1)'";

/**
 * A question about an hour wants sixty cells of each service. With the engine's granules of 8192 rows it would read weeks
 * of them, with its blocks of 64 KiB and more unpack them.
 */
const ROLLUP_STORAGE =
  "index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 65536";

export const TELEMETRY_DATABASE = "throughline";

/**
 * The statements of a migration, in order.
 * @throws {Error} naming the template call that isn't known.
 */
export function renderMigration(text: string, target: ClusterTarget | null): string[] {
  if (target !== null && !/^[A-Za-z0-9_]+$/.test(target.cluster))
    throw new Error(
      `The cluster name ${JSON.stringify(target.cluster)} may hold letters, digits and _ only.`,
    );
  // Split first: that drops comments, and the header of a migration quotes the template language in one.
  return splitStatements(text).flatMap((statement) => {
    const rendered = renderStatement(statement, target).trim();
    return rendered === "" ? [] : [rendered];
  });
}

function renderStatement(statement: string, target: ClusterTarget | null): string {
  let table = "";
  return statement.replaceAll(/\{\{(\w+)(?: ([^}]*))?\}\}/g, (call, verb: string, argument = "") => {
    switch (verb) {
      case "table":
        table = argument;
        return target === null ? argument : `${argument}_local ON CLUSTER ${target.cluster}`;
      case "name":
        return target === null ? argument : `${argument}_local`;
      case "engine":
        return target === null ? argument : replicated(argument, table);
      case "storage":
        return storage(target);
      case "rollup_storage":
        return `${storage(target)}, ${ROLLUP_STORAGE}`;
      case "distributed":
        return target === null ? "" : distributed(argument, target.cluster);
      case "distributed_column":
        return target === null ? "" : distributedColumn(argument, target.cluster);
      default:
        throw new Error(`${call} is not part of the migrations' template language.`);
    }
  });
}

function storage(target: ClusterTarget | null): string {
  return `${target === null ? DEDUP_SINGLE : DEDUP_REPLICATED}, ${STORAGE}`;
}

function replicated(engine: string, table: string): string {
  const path = `/clickhouse/tables/{shard}/${TELEMETRY_DATABASE}/${table}`;
  return `Replicated${engine}('${path}', '{replica}')`;
}

function distributed(argument: string, cluster: string): string {
  const space = argument.indexOf(" ");
  const name = argument.slice(0, space);
  return (
    `CREATE TABLE IF NOT EXISTS ${name} ON CLUSTER ${cluster} AS ${name}_local ` +
    `ENGINE = Distributed(${cluster}, ${TELEMETRY_DATABASE}, ${name}_local, ${argument.slice(space + 1)})`
  );
}

function distributedColumn(argument: string, cluster: string): string {
  const space = argument.indexOf(" ");
  return `ALTER TABLE ${argument.slice(0, space)} ON CLUSTER ${cluster} ADD COLUMN IF NOT EXISTS ${argument.slice(space + 1)}`;
}
