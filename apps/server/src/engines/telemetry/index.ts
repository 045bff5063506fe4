/** The telemetry store of this process: a ClickHouse server when CLICKHOUSE_URL names one, else its engine inside the process. */
import { join } from "node:path";
import { openChdb } from "./chdb/chdb.ts";
import { openClickhouse } from "./clickhouse/clickhouse.ts";
import { createTelemetryStore } from "./telemetryStore.ts";
import { TelemetryError, type TelemetryStore } from "./store.ts";

export { COLUMNS, type ColumnList } from "./columns.ts";
export { DEFAULT_MEMORY_LIMIT_BYTES } from "./chdb/engineConfig.ts";
export {
  PROMOTED_ATTRIBUTES,
  PROMOTED_RESOURCE,
  promotedToAttributes,
  type PromotedColumns,
} from "./promoted.ts";
export { TelemetryError } from "./store.ts";
export type {
  EngineHealth,
  LoadFile,
  QueryOptions,
  QueryParam,
  QueryParams,
  QueryStatistic,
  Scope,
  ScopedReader,
  TelemetryErrorCode,
  TelemetryStore,
  TelemetryTable,
  UnscopedReader,
} from "./store.ts";

export interface TelemetryStoreConfig {
  /** Folder of the product; the embedded engine takes `<dataDir>/telemetry`. */
  readonly dataDir: string;
  /** `http(s)://user:password@host:8123`; the database is always `throughline`. */
  readonly clickhouseUrl?: string | undefined;
  /** Cap of the embedded engine, default 1.2 GB. A server has its own. */
  readonly memoryLimitBytes?: number | undefined;
  /** Name of the cluster in the server's remote_servers: tables become replicated and distributed. */
  readonly cluster?: string | undefined;
}

/**
 * Opens the store and brings its schema up to date.
 * @throws {DirectoryInUseError} when another process uses the folder.
 * @throws {TelemetryError} when the engine can't be reached or started, is newer than this program, or a migration fails.
 */
export async function openTelemetryStore(config: TelemetryStoreConfig): Promise<TelemetryStore> {
  const cluster = config.cluster === undefined ? null : { cluster: config.cluster };
  if (config.clickhouseUrl !== undefined) {
    const driver = await openClickhouse({ url: config.clickhouseUrl, cluster });
    return await createTelemetryStore(driver, cluster);
  }
  if (cluster !== null)
    throw new TelemetryError(
      "unavailable",
      "A cluster name needs CLICKHOUSE_URL: the embedded engine is one node.",
    );
  const driver = await openChdb({
    folder: join(config.dataDir, "telemetry"),
    ...(config.memoryLimitBytes === undefined ? {} : { memoryLimitBytes: config.memoryLimitBytes }),
  });
  return await createTelemetryStore(driver, null);
}
