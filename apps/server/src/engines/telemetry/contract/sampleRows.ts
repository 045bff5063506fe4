/** Rows for tests, made by the engine itself: every column filled, three days, two tenants, repeatable by seed. */
import { COLUMNS } from "../columns.ts";
import { quoteString } from "../sql/sqlText.ts";
import type { TelemetryTable } from "../store.ts";

const DAY_MS = 86_400_000;
/** Ten minutes before a midnight of the last week: minutes, hours and days are crossed, and nothing has expired. */
export const SAMPLE_START_MS = Math.floor(Date.now() / DAY_MS - 5) * DAY_MS - 600_000;
export const SAMPLE_STEP_MS = 97_000;

const SHARED: Readonly<Record<string, string>> = {
  tenant_id: "if(h % 2 = 0, 'acme', 'globex')",
  project_id: "if(intDiv(h, 2) % 3 = 0, 'shop', 'blog')",
  service: "['web', 'api', 'worker'][1 + h % 3]",
  time: "at",
  trace_id: "reinterpretAsFixedString(sipHash128(intDiv(n, 8), seed))",
  span_id: "reinterpretAsFixedString(h)",
  service_version: "['1.0', '1.1'][1 + n % 2]",
  environment: "['production', 'staging'][1 + intDiv(n, 2) % 2]",
  instance: "concat('host-', toString(h % 4))",
  scope: "'@shop/http'",
  route: "concat('/r/', toString(h % 5))",
  resource: "map('os.type', 'linux', 'host.name', concat('host-', toString(h % 4)))",
  page: "concat('/p/', toString(h % 5))",
  session_id: "concat('session-', toString(h % 50))",
  page_view_id: "concat('view-', toString(h % 200))",
  navigation_type: "['navigate', 'reload'][1 + h % 2]",
  device_type: "['desktop', 'mobile'][1 + intDiv(h, 3) % 2]",
  connection_type: "['4g', '3g', ''][1 + h % 3]",
  country: "['DE', 'FR', ''][1 + intDiv(h, 5) % 3]",
  release: "['1.0', '1.1'][1 + n % 2]",
  origin: "'https://shop.example'",
  path: "concat('/p/', toString(h % 5))",
  attributes: "map('key', toString(h % 100), 'text', concat('it\\'s \\\\ ', toString(n)))",
  ingest_key: "['key-1', 'key-2'][1 + h % 2]",
  received_at: "toDateTime(at, 'UTC')",
};

/** Columns that matter to rollups; every other column gets its type's default. */
const OWN: Readonly<Record<TelemetryTable, Readonly<Record<string, string>>>> = {
  spans: {
    parent_span_id: "reinterpretAsFixedString(cityHash64(intDiv(n, 8), seed))",
    duration_ns: "1 + h % 900000000",
    name: "concat('GET /r/', toString(h % 5))",
    kind: "['server', 'client', 'internal'][1 + intDiv(h, 7) % 3]",
    status: "['unset', 'ok', 'error'][1 + intDiv(h, 11) % 3]",
    http_method: "'GET'",
    db_system: "if(intDiv(h, 7) % 3 = 1, 'postgresql', '')",
    attributes:
      "map('db.query.text', if(h % 10 = 0, '', concat('select ? from t', toString(h % 4))), 'db.response.returned_rows', toString(h % 3))",
    http_status: "[200, 302, 404, 500, 0][1 + intDiv(h, 13) % 5]",
    request_bytes: "h % 1000",
    response_bytes: "h % 100000",
    events: `'[{"name":"exception"}]'`,
    weight: "[1, 1, 8, 3][1 + intDiv(h, 17) % 4]",
  },
  exceptions: {
    fingerprint: "h % 7",
    type: "concat('Error', toString(h % 7))",
    message: "'boom'",
    stacktrace: "'at x\\nat y'",
    source: "['span', 'browser'][1 + n % 2]",
    weight: "[1, 1, 4][1 + intDiv(h, 17) % 3]",
  },
  logs: {
    observed_time: "at",
    severity_number: "h % 26",
    severity_text: "'INFO'",
    body: "concat('line ', toString(n))",
    event_name: "if(intDiv(h, 13) % 3 = 0, 'order', '')",
  },
  metric_points: {
    metric: "concat('m', toString(h % 3))",
    series_id: "h % 6",
    start_time: "at",
    type: "['gauge', 'sum', 'histogram'][1 + h % 3]",
    temporality: "'cumulative'",
    is_monotonic: "h % 2",
    unit: "'ms'",
    description: "'a metric'",
    // Whole numbers, so that sums do not depend on their order.
    value: "toFloat64(h % 1000)",
    count: "h % 50",
    sum: "toFloat64(h % 5000)",
    bucket_bounds: "[1., 2.]",
    bucket_counts: "[h % 3, 1, 2]",
    exemplars: "''",
  },
  web_vitals: {
    metric: "['LCP', 'CLS', 'INP', 'FCP', 'TTFB'][1 + h % 5]",
    id: "concat('v6-', toString(h))",
    sign: "[1, 1, 1, 0, -1][1 + intDiv(h, 11) % 5]",
    value: "if(h % 5 = 1, (h % 400) / 1000, toFloat64(intDiv(h, 17) % 6000))",
    attribution: "map('target', 'main > img')",
  },
  page_views: { title: "'A page'", load_duration_ms: "toFloat64(h % 5000)" },
  browser_events: {
    type: "['event', 'request', 'long_animation_frame', 'resources'][1 + h % 4]",
    name: "['event_0', 'order', 'add_to_cart'][1 + h % 3]",
    duration_ms: "toFloat64(h % 5000)",
  },
  resource_origins: {
    resource_origin: "'https://cdn.example'",
    resources: "1 + h % 9",
    transfer_bytes: "h % 100000",
    duration_ms: "toFloat64(h % 500)",
  },
  ingest_receipts: {
    signal: "['traces', 'logs', 'metrics'][1 + n % 3]",
    reason: "['', 'invalid'][1 + intDiv(n, 3) % 2]",
    time: "toDateTime(at, 'UTC')",
    items: "h % 100",
    requests: "1",
    wire_bytes: "h % 10000",
  },
};

/**
 * A statement that writes rows of a table as several Native blocks into a file.
 * @param tenantId when given, all rows belong to it and to the project `shop`.
 */
export function writeSampleRows(
  table: TelemetryTable,
  path: string,
  options: { readonly rows: number; readonly seed: number; readonly tenantId?: string },
): string {
  const columns = COLUMNS[table].map(([name, type]) => {
    const tenant: Record<string, string> =
      options.tenantId === undefined
        ? {}
        : { tenant_id: quoteString(options.tenantId), project_id: "'shop'" };
    const expression = tenant[name] ?? OWN[table][name] ?? SHARED[name];
    return expression === undefined
      ? `defaultValueOfTypeName(${quoteString(type)}) AS ${name}`
      : `CAST(${expression} AS ${type}) AS ${name}`;
  });
  const structure = COLUMNS[table].map(([name, type]) => `${name} ${type}`).join(", ");
  return `INSERT INTO FUNCTION file(${quoteString(path)}, 'Native', ${quoteString(structure)})
    SELECT ${columns.join(",\n")}
    FROM (
      SELECT number AS n, ${options.seed} AS seed, cityHash64(number, seed) AS h,
        fromUnixTimestamp64Milli(toInt64(${SAMPLE_START_MS} + number * ${SAMPLE_STEP_MS}), 'UTC') AS at
      FROM numbers(${options.rows})
    )
    SETTINGS max_block_size = 100, min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0, max_threads = 1,
      engine_file_truncate_on_insert = 1`;
}
