/** The row filter that every scoped statement carries. */
import type { Scope } from "./store.ts";
import { quoteString } from "./sql/sqlText.ts";
import type { Statement } from "./sql/statement.ts";
import { TELEMETRY_DATABASE } from "./migrate/template.ts";

/** Tables that hold no tenant's rows. Everything else has to carry both columns, or opening the store fails. */
const SHARED_TABLES: ReadonlySet<string> = new Set(["schema_migrations"]);

export const TENANT_TABLES_QUERY = `SELECT t.name AS name, any(t.engine) AS engine,
    countIf(c.name IN ('tenant_id', 'project_id')) AS scope_columns
  FROM system.tables AS t LEFT JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
  WHERE t.database = '${TELEMETRY_DATABASE}'
  GROUP BY name ORDER BY name`;

export interface TenantTableRow {
  readonly name: string;
  readonly engine: string;
  readonly scope_columns: number;
}

export interface TenantTables {
  /** Tables and views. */
  readonly names: readonly string[];
  readonly views: ReadonlySet<string>;
}

/**
 * All tables and views with tenant rows, from the schema itself, so that a new one can't be forgotten.
 * @throws {Error} when a table has no tenant and isn't listed as shared.
 */
export function tenantTables(rows: readonly TenantTableRow[]): TenantTables {
  const open = rows.find(({ name, scope_columns }) => scope_columns !== 2 && !SHARED_TABLES.has(name));
  if (open !== undefined)
    throw new Error(`Table ${open.name} has no tenant_id and project_id, so its rows can't be kept apart.`);
  const ours = rows.filter(({ scope_columns }) => scope_columns === 2);
  return {
    names: ours.map(({ name }) => name),
    views: new Set(ours.filter(({ engine }) => engine.endsWith("View")).map(({ name }) => name)),
  };
}

/**
 * Value of the setting additional_table_filters: a map literal from qualified table to condition.
 *
 * The engine parses every entry for every statement (measured: a fifth of a short one's time), so only the tables are in
 * it that the statement names. All of them where that is not sure: through a view, an escape or a name that comes as a value.
 */
export function tenantFilter(
  { names, views }: TenantTables,
  scope: Scope,
  { sql, words, parts }: Statement,
): string {
  const isSure =
    !sql.includes("\\") &&
    !names.some((name) => views.has(name) && words.has(name)) &&
    !parts.some((part) => typeof part !== "string" && part.type.kind === "identifier");
  const condition = quoteString(
    `tenant_id = ${quoteString(scope.tenantId)} AND project_id = ${quoteString(scope.projectId)}`,
  );
  const entries = names
    .filter((name) => !isSure || words.has(name))
    .map((name) => `${quoteString(`${TELEMETRY_DATABASE}.${name}`)}: ${condition}`);
  return `{${entries.join(", ")}}`;
}

/** Ways around the filter or out of the database: settings that lift it and functions that read elsewhere. */
const FORBIDDEN = new Set(
  (
    "additional_table_filters system. information_schema. merge( mergetreeindex( mergetreeprojection( file( url( " +
    "remote( remotesecure( cluster( clusterallreplicas( s3( executable( joinget( dictget( view( outfile"
  ).split(" "),
);

/** The first word that a scoped statement may not contain, or null. */
export function forbiddenWord(words: ReadonlySet<string>): string | null {
  for (const word of words) if (FORBIDDEN.has(word)) return word;
  return null;
}
