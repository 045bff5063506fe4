/** The embedded engine's configuration. Its defaults take 90 % of the machine and 5 GiB caches. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { EngineSettings } from "../driver.ts";
import { SESSION_SETTINGS } from "../sessionSettings.ts";

export const DEFAULT_MEMORY_LIMIT_BYTES = 1_200_000_000;
/** Below this the engine can't load a full journal segment whose rows all lie in cells of their own (chdb.test.ts). */
export const MEMORY_LIMIT_BYTES_MIN = 512 * 1024 * 1024;

const MIB = 1024 * 1024;

/**
 * Linux nice values of what nobody waits for: senders wait for the journal and people for questions, which share the
 * cores with merges and loads. Without CAP_SYS_NICE the engine leaves all threads alike.
 */
const MERGE_NICE = 10;
export const LOAD_NICE: EngineSettings = {
  os_threads_nice_value_query: 5,
  os_threads_nice_value_materialized_view: 5,
};

/** Threads for merges: two on small machines, since ingest and queries want the cores as well. */
function mergeThreads(): number {
  return Math.max(2, Math.min(8, Math.floor(availableParallelism() / 2)));
}

function serverSettings(memoryLimitBytes: number): Tree {
  const threads = mergeThreads();
  return {
    max_server_memory_usage: memoryLimitBytes,
    timezone: "UTC",
    mark_cache_size: Math.min(128 * MIB, Math.floor(memoryLimitBytes / 12)),
    primary_index_cache_size: Math.min(64 * MIB, Math.floor(memoryLimitBytes / 24)),
    index_mark_cache_size: 16 * MIB,
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    query_condition_cache_size: 16 * MIB,
    compiled_expression_cache_size: 32 * MIB,
    parquet_metadata_cache_size: 0,
    iceberg_metadata_files_cache_size: 0,
    vector_similarity_index_cache_size: 0,
    unique_key_index_cache_size_bytes: 0,
    text_index_tokens_cache_size: 8 * MIB,
    text_index_header_cache_size: 8 * MIB,
    text_index_postings_cache_size: 16 * MIB,
    mmap_cache_size: 0,
    background_pool_size: threads,
    background_merges_mutations_concurrency_ratio: 2,
    background_common_pool_size: 2,
    os_threads_nice_value_merge_mutate: MERGE_NICE,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_schedule_pool_size: 4,
    background_schedule_pool_initial_size: 4,
    max_thread_pool_free_size: 16,
    merge_tree: {
      // The engine refuses to open tables when these exceed its small pool.
      number_of_free_entries_in_pool_to_execute_mutation: 1,
      number_of_free_entries_in_pool_to_lower_max_size_of_merge: threads,
      number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 1,
    },
  };
}

function profileSettings(memoryLimitBytes: number): EngineSettings {
  return {
    ...SESSION_SETTINGS,
    max_memory_usage: Math.floor(memoryLimitBytes * 0.6),
    max_bytes_before_external_group_by: Math.floor(memoryLimitBytes * 0.3),
    max_bytes_before_external_sort: Math.floor(memoryLimitBytes * 0.3),
    // The embedded build maps files by default: a file cut short underneath would kill the process.
    storage_file_read_method: "pread",
    output_format_json_array_of_rows: 1,
    implicit_select: 0,
    log_queries: 0,
  };
}

/** Writes the files and returns the path the engine is started with. */
export async function writeEngineConfig(folder: string, memoryLimitBytes: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const usersPath = join(folder, "users.xml");
  const serverPath = join(folder, "engine.xml");
  const users: Tree = {
    profiles: { default: profileSettings(memoryLimitBytes) },
    users: { default: { password: "", profile: "default", quota: "default" } },
    quotas: { default: {} },
  };
  await writeFile(usersPath, document(users), { mode: 0o600 });
  await writeFile(serverPath, document({ ...serverSettings(memoryLimitBytes), users_config: usersPath }), {
    mode: 0o600,
  });
  return serverPath;
}

interface Tree {
  readonly [name: string]: string | number | Tree;
}

function document(tree: Tree): string {
  return `<!-- Written at every start. --><clickhouse>${elements(tree)}</clickhouse>\n`;
}

function elements(tree: Tree): string {
  return Object.entries(tree)
    .map(([name, value]) => {
      const inner = typeof value === "object" ? elements(value) : escapeXml(String(value));
      return `\n<${name}>${inner}</${name}>`;
    })
    .join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
