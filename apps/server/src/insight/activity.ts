/** What each service sent over time, whatever it was: requests, spans, logs. For tables, sparklines and counts. */
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { EVERYTHING, requestFilter, type RequestFilter } from "./requestFilter.ts";
import { coverOf, inPieces, type Condition } from "./rollups.ts";
import type { TimeGrid } from "./timeGrid.ts";

/** More can't be told apart in a sparkline of a table. */
const SLOTS_MAX = 30;

export interface ServiceActivity {
  readonly service: string;
  readonly requests: number;
  readonly spans: number;
  readonly logs: number;
  readonly lastSeenMs: number;
  /** `service.version` of its spans, at most twenty a slot. */
  readonly releases: readonly string[];
  /** Per slot. */
  readonly requestsBySlot: readonly number[];
  readonly spansBySlot: readonly number[];
}

export interface Activity {
  /** Those with something in the range. */
  readonly services: readonly ServiceActivity[];
  readonly slotSeconds: number;
  readonly spansBySlot: readonly number[];
  readonly logErrorsBySlot: readonly number[];
  readonly current: SignalCounts;
  readonly previous: SignalCounts;
  /** Second of the oldest span or log record ever, as far as days are kept; null without any. */
  readonly firstMs: number | null;
  /** Second of the newest one in the range and the window before; null without any. */
  readonly newestMs: number | null;
  /** Time of the range that is over; when the project's data began within the range, the time since. For rates. */
  readonly activeSeconds: number;
}

export interface SignalCounts {
  readonly spans: number;
  readonly logs: number;
  readonly logErrors: number;
}

interface Row extends SignalCounts {
  readonly service: string;
  /** -1 is the window before. */
  readonly slot: number;
  readonly requests: number;
  readonly releases: readonly string[];
  readonly newestMs: number;
}

export async function readActivity(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: Pick<RequestFilter, "service">,
  nowMs: number,
): Promise<Activity> {
  const slotSize = Math.ceil(grid.timesMs.length / SLOTS_MAX);
  const slotCount = Math.ceil(grid.timesMs.length / slotSize);
  const slotSeconds = (grid.stepMs / 1000) * slotSize;
  const { where, params } = requestFilter({ service: filter.service });
  const cells = cellsWithTotalsBefore(grid);
  const scope = `tenant_id = {tenant:String} AND project_id = {project:String} ${where} AND ${cells.sql}`;
  const slotOf = "if(at < {from:UInt32}, -1, toInt64(intDiv(at - {from:UInt32}, {slot:UInt32})))";
  const askedFirst = readFirstMs(reader, grid, filter);
  const rows = await reader.query<Row>(
    `SELECT service, ${slotOf} AS slot, sum(n_requests) AS requests, sum(n_spans) AS spans, sum(n_logs) AS logs,
       sum(n_log_errors) AS logErrors, groupUniqArrayIf(20)(release, release != '') AS releases, toInt64(max(last)) * 1000 AS newestMs
     FROM (
       SELECT service, toUnixTimestamp(time) AS at, if(kind = 'server', count, 0) AS n_requests, count AS n_spans,
         0 AS n_logs, 0 AS n_log_errors, toString(service_version) AS release,
         toUnixTimestamp(newest) AS last
       FROM span_rollups WHERE ${scope}
       UNION ALL
       SELECT service, toUnixTimestamp(time) AS at, 0, 0, count, if(severity IN ('error', 'fatal'), count, 0), '', toUnixTimestamp(newest)
       FROM log_rollups WHERE ${scope}
     )
     GROUP BY service, slot`,
    { ...grid.params, ...cells.params, ...params, slot: slotSeconds },
    { name: "activity" },
  );
  const firstMs = await askedFirst;
  const activity = collect(rows, { slotCount, slotSeconds });
  return { ...activity, firstMs, activeSeconds: activeSeconds(grid, firstMs, nowMs) };
}

/** From the few cells of days: who was silent for a while has not just begun. */
async function readFirstMs(
  reader: ScopedReader,
  { params }: TimeGrid,
  filter: Pick<RequestFilter, "service">,
): Promise<number | null> {
  const own = requestFilter({ service: filter.service });
  const scope = `tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = 86400 ${own.where}
         AND time < toDateTime({to:UInt32}, 'UTC')`;
  const [row] = await reader.query<{ firstMs: number | null }>(
    `SELECT toInt64(toUnixTimestamp(minOrNull(first))) * 1000 AS firstMs FROM (
       SELECT minOrNull(oldest) AS first FROM span_rollups WHERE ${scope}
       UNION ALL SELECT minOrNull(oldest) FROM log_rollups WHERE ${scope}
     )`,
    { ...params, ...own.params },
    { name: "activity.first" },
  );
  return row?.firstMs ?? null;
}

/** Cells of the range as its points need them, and of the window before, of which only totals are shown, as few as cover it. */
export function cellsWithTotalsBefore({ range, previousFromMs, cellSeconds }: TimeGrid): Condition {
  const { fromMs, toMs } = range;
  return inPieces([
    ...coverOf(previousFromMs, fromMs, cellSeconds),
    { stepSeconds: cellSeconds, fromMs, toMs },
  ]);
}

/** As of `readActivity`, for those who need nothing else of it. */
export async function readActiveSeconds(
  reader: ScopedReader,
  grid: TimeGrid,
  nowMs: number,
): Promise<number> {
  return activeSeconds(grid, await readFirstMs(reader, grid, EVERYTHING), nowMs);
}

function activeSeconds({ range }: TimeGrid, firstMs: number | null, nowMs: number): number {
  const startMs = Math.max(range.fromMs, firstMs ?? 0);
  return Math.max(1, (Math.min(range.toMs, nowMs) - startMs) / 1000);
}

function collect(
  rows: readonly Row[],
  { slotCount, slotSeconds }: { readonly slotCount: number; readonly slotSeconds: number },
): Omit<Activity, "activeSeconds" | "firstMs"> {
  const zeros = (): number[] => Array.from({ length: slotCount }, () => 0);
  const services = new Map<string, ReturnType<typeof newService>>();
  const newService = (service: string) => ({
    service,
    requests: 0,
    spans: 0,
    logs: 0,
    lastSeenMs: 0,
    releases: new Set<string>(),
    requestsBySlot: zeros(),
    spansBySlot: zeros(),
  });
  const spansBySlot = zeros();
  const logErrorsBySlot = zeros();
  const current = { spans: 0, logs: 0, logErrors: 0 };
  const previous = { spans: 0, logs: 0, logErrors: 0 };
  let newestMs: number | null = null;
  for (const row of rows) {
    const counts = row.slot < 0 ? previous : current;
    counts.spans += row.spans;
    counts.logs += row.logs;
    counts.logErrors += row.logErrors;
    newestMs = Math.max(newestMs ?? 0, row.newestMs);
    if (row.slot < 0 || row.slot >= slotCount) continue;
    const service = services.get(row.service) ?? newService(row.service);
    services.set(row.service, service);
    service.requests += row.requests;
    service.spans += row.spans;
    service.logs += row.logs;
    service.lastSeenMs = Math.max(service.lastSeenMs, row.newestMs);
    for (const release of row.releases) service.releases.add(release);
    service.requestsBySlot[row.slot] = row.requests;
    service.spansBySlot[row.slot] = row.spans;
    spansBySlot[row.slot] = (spansBySlot[row.slot] ?? 0) + row.spans;
    logErrorsBySlot[row.slot] = (logErrorsBySlot[row.slot] ?? 0) + row.logErrors;
  }
  return {
    services: [...services.values()].map((each) => ({ ...each, releases: [...each.releases].toSorted() })),
    slotSeconds,
    spansBySlot,
    logErrorsBySlot,
    current,
    previous,
    newestMs,
  };
}
