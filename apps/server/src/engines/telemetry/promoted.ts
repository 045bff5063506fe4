/**
 * The way back: promoted attributes are columns only, not repeated in the maps, so whoever shows a span, a log record
 * or a point puts them back under their current names of the semantic conventions.
 */

/** Columns of a row that stand for attributes; a column that is empty, 0 or absent gives no attribute. */
export interface PromotedColumns {
  readonly http_method?: string;
  readonly http_status?: number;
  readonly request_bytes?: number;
  readonly response_bytes?: number;
  readonly db_system?: string;
  readonly service?: string;
  readonly service_version?: string;
  readonly environment?: string;
}

/** Span attributes by column. http.route stays in the map, because `route` cannot always give it back. */
export const PROMOTED_ATTRIBUTES = {
  http_method: "http.request.method",
  http_status: "http.response.status_code",
  request_bytes: "http.request.body.size",
  response_bytes: "http.response.body.size",
  db_system: "db.system.name",
} as const satisfies Partial<Record<keyof PromotedColumns, string>>;

/** Resource attributes by column. What `instance` was taken from stays in the map. */
export const PROMOTED_RESOURCE = {
  service: "service.name",
  service_version: "service.version",
  environment: "deployment.environment.name",
} as const satisfies Partial<Record<keyof PromotedColumns, string>>;

/** The attributes and resource attributes a row's columns stand for, as text like all others. */
export function promotedToAttributes(row: PromotedColumns): {
  readonly attributes: Record<string, string>;
  readonly resource: Record<string, string>;
} {
  return { attributes: named(row, PROMOTED_ATTRIBUTES), resource: named(row, PROMOTED_RESOURCE) };
}

function named(
  row: PromotedColumns,
  names: Partial<Record<keyof PromotedColumns, string>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [column, name] of Object.entries(names)) {
    const value = row[column as keyof PromotedColumns];
    if (value !== undefined && value !== "" && value !== 0) found[name] = String(value);
  }
  return found;
}
