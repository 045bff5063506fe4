/** The store over a driver: scopes, limits, statistics and health, the same on every backend. */
import { engineError } from "./engineErrors.ts";
import type { EngineDriver, EngineSettings } from "./driver.ts";
import { readHealth } from "./health.ts";
import { migrate } from "./migrate/migrate.ts";
import { readMigrations } from "./migrate/migrations.ts";
import type { ClusterTarget } from "./migrate/template.ts";
import { createQueryStatistics } from "./queryStatistics.ts";
import { parseStatement, type Statement } from "./sql/statement.ts";
import {
  TelemetryError,
  type QueryOptions,
  type QueryParams,
  type StreamOptions,
  type Scope,
  type TelemetryStore,
} from "./store.ts";
import {
  forbiddenWord,
  tenantFilter,
  tenantTables,
  TENANT_TABLES_QUERY,
  type TenantTables,
  type TenantTableRow,
} from "./tenantTables.ts";

/** Compiling a statement's expressions takes longer than our questions do: they read little. */
const READ_SETTINGS: EngineSettings = {
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  compile_sort_description: 0,
};
const MAX_EXECUTION_MS = 10_000;
const MAX_RESULT_ROWS = 100_000;
/** A reader that is slow makes a stream last: longer than this nobody should. */
const STREAM_MS_MAX = 6 * 3_600_000;
/** Rows are handed on in small pieces, by few threads: a stream is never in a hurry. */
const STREAM_SETTINGS: EngineSettings = {
  max_block_size: 4096,
  max_threads: 2,
  output_format_json_array_of_rows: 0,
  output_format_json_quote_64bit_integers: 1,
};

/**
 * Brings the schema up to date and hands out the store. Closes the driver when that fails.
 * @throws {TelemetryError} when the schema is newer than this program, was edited, or the engine refuses.
 */
export async function createTelemetryStore(
  driver: EngineDriver,
  cluster: ClusterTarget | null,
): Promise<TelemetryStore> {
  const statistics = createQueryStatistics();

  async function run<Row>(
    sql: string,
    params: QueryParams,
    options: QueryOptions,
    settingsOf: (statement: Statement) => EngineSettings,
  ): Promise<Row[]> {
    const startedMs = performance.now();
    let isError = true;
    try {
      const statement = parseStatement(sql);
      const settings = settingsOf(statement);
      const maxExecutionMs = options.maxExecutionMs ?? MAX_EXECUTION_MS;
      const rows = await driver.select<Row>({
        statement,
        params,
        maxExecutionMs,
        settings: {
          ...READ_SETTINGS,
          ...settings,
          max_execution_time: maxExecutionMs / 1000,
          max_result_rows: options.maxResultRows ?? MAX_RESULT_ROWS,
          result_overflow_mode: "throw",
        },
      });
      isError = false;
      return rows;
    } catch (error) {
      if (error instanceof TelemetryError) throw named(error, options.name);
      const reason = error instanceof Error ? error.message : String(error);
      throw engineError(`Query "${options.name}"`, undefined, reason, error);
    } finally {
      statistics.record(options.name, performance.now() - startedMs, isError);
    }
  }

  async function* stream(
    scope: Scope,
    sql: string,
    params: QueryParams,
    { name, signal }: StreamOptions,
  ): AsyncIterable<string> {
    const startedMs = performance.now();
    let isError = false;
    try {
      const statement = parseStatement(sql);
      yield* driver.stream({
        statement,
        params: { ...params, tenant: scope.tenantId, project: scope.projectId },
        maxExecutionMs: STREAM_MS_MAX,
        settings: {
          ...STREAM_SETTINGS,
          ...scopeSettings(scope, statement),
          max_execution_time: STREAM_MS_MAX / 1000,
        },
        signal,
      });
    } catch (error) {
      isError = !signal.aborted;
      throw error instanceof TelemetryError ? named(error, name) : error;
    } finally {
      statistics.record(name, performance.now() - startedMs, isError);
    }
  }

  const unscoped = <Row>(sql: string, params: QueryParams, options: QueryOptions) =>
    run<Row>(sql, params, options, () => ({ additional_table_filters: "{}" }));

  let tables: TenantTables;
  const scopeSettings = (scope: Scope, statement: Statement): EngineSettings => {
    refuseWaysOut(statement.words);
    return { additional_table_filters: tenantFilter(tables, scope, statement) };
  };
  try {
    await migrate(
      {
        command: (sql) => driver.command(sql),
        rows: (sql) => unscoped(sql, {}, { name: "telemetry.migrations", maxExecutionMs: 60_000 }),
      },
      await readMigrations(),
      cluster,
    );
    tables = tenantTables(
      await unscoped<TenantTableRow>(
        TENANT_TABLES_QUERY,
        {},
        { name: "telemetry.tables", maxExecutionMs: 60_000 },
      ),
    );
  } catch (error) {
    await driver.close();
    throw error;
  }

  return {
    backend: driver.backend,
    scoped: (scope: Scope) => ({
      scope,
      query: <Row>(sql: string, params: QueryParams, options: QueryOptions) =>
        run<Row>(sql, { ...params, tenant: scope.tenantId, project: scope.projectId }, options, (statement) =>
          scopeSettings(scope, statement),
        ),
    }),
    stream,
    internal: { query: unscoped, command: (sql) => driver.command(sql) },
    load: (file) => driver.load(file),
    health: () => readHealth(driver.backend, unscoped, cluster),
    queryStatistics: () => statistics.list(),
    close: () => driver.close(),
  };
}

function refuseWaysOut(words: ReadonlySet<string>): void {
  const word = forbiddenWord(words);
  if (word !== null) throw new TypeError(`A tenant's statement may not contain the word ${word}.`);
}

/** Drivers say "The query"; here its name is known. */
function named(error: TelemetryError, name: string): TelemetryError {
  const message = error.message.replace(/^The query\b/, `Query "${name}"`);
  return new TelemetryError(error.code, message, error.cause);
}
