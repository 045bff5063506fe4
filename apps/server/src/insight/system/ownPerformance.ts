/** How fast the product's own pages are for the people who use them: what their browsers told of the last 24 hours. */
import {
  resolveRange,
  type OwnMetric,
  type OwnPerformance,
  type VitalName,
  type VitalReading,
} from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { readVitals } from "../vitals/readVitals.ts";

/** The product's own targets; milliseconds, CLS without a unit. */
const TARGETS: Readonly<Record<VitalName, number>> = { LCP: 1500, INP: 100, CLS: 0.05, FCP: 800, TTFB: 200 };

export interface LiveFacts {
  readonly connections: number;
  readonly eventsPerMinute: number;
  readonly isMeasured: boolean;
  /** Of answers for dashboards, since the start. */
  readonly cache?: { readonly hits: number; readonly requests: number };
  readonly breakers?: readonly { readonly trips: number }[];
}

/** @param reader of the product's own project */
export async function readOwnPerformance(
  reader: ScopedReader,
  live: LiveFacts,
  nowMs: number,
): Promise<OwnPerformance> {
  const range = resolveRange({ range: "24h" }, nowMs);
  const [{ vitals }, told, overview] = await Promise.all([
    readVitals(reader, range, {}, nowMs),
    readTold(reader, range),
    readOverviewTime(reader, nowMs),
  ]);
  const inp = vitals.find(({ name }) => name === "INP");
  return {
    fetchedAtMs: nowMs,
    isMeasured: live.isMeasured,
    vitals: vitals.map((reading) => ({ reading, ownTarget: TARGETS[reading.name] })),
    metrics: metricsOf({ told, overview, inp, live }),
  };
}

interface Told {
  readonly ageSamples: number;
  readonly ageSumMs: number;
  readonly reconnects: number;
  readonly gapMs: number;
  readonly renders: number;
  readonly renderMs: number;
  readonly pageViews: number;
}

/** What the pages' own events say: see apps/web/src/data/measure.ts. */
async function readTold(
  reader: ScopedReader,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<Told> {
  const [told] = await reader.query<Told>(
    `SELECT toUInt64(sumIf(toFloat64OrZero(attributes['samples']), name = 'dashboard.data_age')) AS ageSamples,
       sumIf(toFloat64OrZero(attributes['sumMs']), name = 'dashboard.data_age') AS ageSumMs,
       countIf(name = 'dashboard.sse_reconnect') AS reconnects,
       ifNotFinite(quantileExactIf(0.75)(toFloat64OrZero(attributes['gapMs']), name = 'dashboard.sse_reconnect'), 0) AS gapMs,
       countIf(name = 'dashboard.render') AS renders,
       ifNotFinite(quantileExactIf(0.75)(toFloat64OrZero(attributes['durationMs']), name = 'dashboard.render'), 0) AS renderMs,
       uniqExact(page_view_id) AS pageViews
     FROM browser_events AS b
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND type = 'event'
       AND name IN ('dashboard.data_age', 'dashboard.sse_reconnect', 'dashboard.render')
       AND b.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND b.time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`,
    { fromMs, toMs },
    { name: "system.ownPages" },
  );
  return (
    told ?? { ageSamples: 0, ageSumMs: 0, reconnects: 0, gapMs: 0, renders: 0, renderMs: 0, pageViews: 0 }
  );
}

const HOUR_MS = 3_600_000;

interface OverviewTime {
  readonly count: number;
  readonly p75Ms: number;
}

/** Of the last hour: every span of it is looked at. */
async function readOverviewTime(reader: ScopedReader, nowMs: number): Promise<OverviewTime> {
  const [found] = await reader.query<OverviewTime>(
    `SELECT count() AS count, ifNotFinite(quantileExact(0.75)(duration_ns) / 1e6, 0) AS p75Ms FROM spans AS s
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND service = 'throughline'
       AND name = 'GET /api/overview' AND s.time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')`,
    { fromMs: nowMs - HOUR_MS },
    { name: "system.ownOverview" },
  );
  return found ?? { count: 0, p75Ms: 0 };
}

interface Facts {
  readonly told: Told;
  readonly overview: OverviewTime;
  readonly inp: VitalReading | undefined;
  readonly live: LiveFacts;
}

/** In the order of the product's requirements; where nothing can be measured yet, why. */
function metricsOf({ told, overview, inp, live }: Facts): OwnMetric[] {
  const known = (
    value: number,
    sampleCount: number,
    why: string,
  ): Pick<OwnMetric, "value" | "sampleCount" | "reason"> =>
    sampleCount > 0 ? { value, sampleCount, reason: null } : { value: null, sampleCount: 0, reason: why };
  const noPages = live.isMeasured
    ? "No page told of it in the last 24 hours: open one, and look again in a minute."
    : "The product's own telemetry is switched off (THROUGHLINE_SELF_TELEMETRY).";
  const never = (why: string): Pick<OwnMetric, "value" | "sampleCount" | "reason"> => known(0, 0, why);
  return [
    {
      id: "dashboard.data_age_ms",
      title: "Age of what is shown",
      unit: "ms",
      detail: "From a row's arrival at the server to the page that shows it, average of all live updates.",
      ...known(told.ageSumMs / Math.max(1, told.ageSamples), told.ageSamples, noPages),
    },
    {
      id: "dashboard.cache_hit_rate",
      title: "Answers out of a cache",
      unit: "%",
      detail:
        "Share of what is kept for seconds (the overview's lower part, the aggregate's sources) that was answered without asking a store, since the start.",
      ...known(
        ((live.cache?.hits ?? 0) / Math.max(1, live.cache?.requests ?? 0)) * 100,
        live.cache?.requests ?? 0,
        "Nothing that is kept was asked for since the start.",
      ),
    },
    {
      id: "dashboard.sse_reconnects",
      title: "Live streams that broke",
      unit: "count",
      detail: "Reconnections that pages told of, in 24 hours.",
      ...known(told.reconnects, told.pageViews, noPages),
    },
    {
      id: "dashboard.sse_gap_ms",
      title: "Gap of a broken stream",
      unit: "ms",
      detail:
        "From the break to the new connection, 75th percentile. What happened meanwhile is sent after it.",
      ...known(
        told.gapMs,
        told.reconnects,
        told.pageViews > 0 ? "No stream broke in the last 24 hours." : noPages,
      ),
    },
    {
      id: "dashboard.events_per_minute",
      title: "Live events",
      unit: "/min",
      detail: "Sent to all open pages in the last minute.",
      ...known(live.eventsPerMinute, live.connections, "No page is open that listens."),
    },
    {
      id: "dashboard.aggregate_fetch_ms",
      title: "Overview in one answer",
      unit: "ms",
      detail: "Time of GET /api/overview at the server in the last hour, 75th percentile.",
      ...known(overview.p75Ms, overview.count, "Nobody opened the overview in the last hour."),
    },
    {
      id: "dashboard.external_api_ms",
      title: "Outside services",
      unit: "ms",
      detail: "Latency of each service that pages depend on.",
      ...never("No page waits for an outside service."),
    },
    {
      id: "dashboard.circuit_breaker_trips",
      title: "Outside services given up on",
      unit: "count",
      detail: "How often a service was left out because it failed.",
      ...known(
        (live.breakers ?? []).reduce((sum, { trips }) => sum + trips, 0),
        live.breakers?.length ?? 0,
        "No outside service was asked since the start.",
      ),
    },
    {
      id: "dashboard.widget_render_ms",
      title: "Taking over a page",
      unit: "ms",
      detail: "Time in which the browser makes the server's HTML live, whole page, 75th percentile.",
      ...known(told.renderMs, told.renders, noPages),
    },
    {
      id: "dashboard.interaction_latency_ms",
      title: "Click to visual change",
      unit: "ms",
      detail: "Interaction to Next Paint of the pages' visitors, 75th percentile.",
      ...known(
        inp?.value ?? 0,
        inp?.sampleCount ?? 0,
        live.isMeasured
          ? "Nobody clicked or typed on a page that was measured in the last 24 hours."
          : noPages,
      ),
    },
    {
      id: "dashboard.dnd_optimistic_revert_rate",
      title: "Drags that were taken back",
      unit: "%",
      detail: "Share of drag and drop changes that failed after they were shown.",
      ...never("Nothing on these pages is changed by dragging."),
    },
  ];
}
