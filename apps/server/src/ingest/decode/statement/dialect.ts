/**
 * How a database writes literals, by `db.system.name` (or the older `db.system`):
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/
 */
export interface Dialect {
  /** `sql`: statements; `json`: documents, whose keys are kept; `command`: a word and its arguments. */
  readonly form: "sql" | "json" | "command";
  /** Whether a backslash takes the next character into the string; `unsure`: both readings must hide the literal. */
  readonly hasBackslashes: boolean | "unsure";
  /** Whether "…" is a string; otherwise it is a name. */
  readonly hasDoubleQuotedStrings: boolean;
  /** Whether # begins a comment. */
  readonly hasHashComments: boolean;
}

const STANDARD: Dialect = {
  form: "sql",
  hasBackslashes: false,
  hasDoubleQuotedStrings: false,
  hasHashComments: false,
};
const MYSQL: Dialect = {
  form: "sql",
  hasBackslashes: true,
  hasDoubleQuotedStrings: true,
  hasHashComments: true,
};
const BACKSLASHED: Dialect = { ...STANDARD, hasBackslashes: true };
const DOCUMENTS: Dialect = {
  form: "json",
  hasBackslashes: true,
  hasDoubleQuotedStrings: true,
  hasHashComments: false,
};
const COMMANDS: Dialect = { ...DOCUMENTS, form: "command" };

const UNSURE: Dialect = { ...STANDARD, hasBackslashes: "unsure", hasDoubleQuotedStrings: true };

const BY_SYSTEM: Readonly<Record<string, Dialect>> = {
  postgresql: STANDARD,
  cockroachdb: STANDARD,
  sqlite: STANDARD,
  "microsoft.sql_server": STANDARD,
  mssql: STANDARD,
  "oracle.db": STANDARD,
  oracle: STANDARD,
  "ibm.db2": STANDARD,
  db2: STANDARD,
  duckdb: STANDARD,
  trino: STANDARD,
  snowflake: BACKSLASHED,
  mysql: MYSQL,
  mariadb: MYSQL,
  tidb: MYSQL,
  clickhouse: BACKSLASHED,
  "gcp.spanner": MYSQL,
  spanner: MYSQL,
  hive: MYSQL,
  "aws.redshift": BACKSLASHED,
  redshift: BACKSLASHED,
  mongodb: DOCUMENTS,
  elasticsearch: DOCUMENTS,
  opensearch: DOCUMENTS,
  couchdb: DOCUMENTS,
  "aws.dynamodb": DOCUMENTS,
  dynamodb: DOCUMENTS,
  "azure.cosmosdb": DOCUMENTS,
  cosmosdb: DOCUMENTS,
  redis: COMMANDS,
  valkey: COMMANDS,
  memcached: COMMANDS,
};

/** The dialect of a system; for one that is not known the one that hides most. */
export function dialectOf(system: string): Dialect {
  return Object.hasOwn(BY_SYSTEM, system) ? BY_SYSTEM[system]! : UNSURE;
}
