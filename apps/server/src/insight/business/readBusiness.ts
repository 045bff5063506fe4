/** Business numbers of a range beside those of the window before, and conversion by page speed. */
import type { BusinessPage, Kpi, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { ratesByBand } from "../statistics/index.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import { hasBusinessEvents, readCounts, type CountsByEvent } from "./readCounts.ts";
import { readOrders, type CurrencyOrders, type Orders } from "./readOrders.ts";
import { readActiveSessions, readSessions, SESSIONS_KEPT_DAYS, type Sessions } from "./readSessions.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A share of fewer sessions says nothing. */
const SESSIONS_MIN = 20;
const BAND_SESSIONS_MIN = 200;
const BAND_NAMES = ["up to 1 s", "1 – 1.8 s", "1.8 – 2.5 s", "2.5 – 4 s", "over 4 s"];

export async function readBusiness(
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
): Promise<Omit<BusinessPage, "project" | "fetchedAtMs">> {
  const grid = timeGrid(range, nowMs);
  const [hasEvents, counts, orders, sessions, active] = await Promise.all([
    hasBusinessEvents(reader),
    readCounts(reader, grid),
    readOrders(reader, grid),
    readSessions(reader, grid, nowMs),
    readActiveSessions(reader, grid),
  ]);
  const ordersByPoint = grid.timesMs.map((_, index) =>
    orders.byCurrency.reduce((sum, each) => sum + (each.ordersByPoint[index] ?? 0), 0),
  );
  const keptFromMs = nowMs - SESSIONS_KEPT_DAYS * DAY_MS;
  return {
    range: grid.range,
    hasEvents,
    kpis: kpisOf({ grid, counts, orders, ordersByPoint, sessions, active, keptFromMs }).map(withChange),
    timesMs: [...grid.timesMs],
    series: {
      sessions: active.map((n, index) => ((grid.timesMs[index] ?? 0) < keptFromMs ? null : n)),
      productViews: [...counts("product_view").byPoint],
      searches: [...counts("search").byPoint],
      orders: ordersByPoint,
    },
    revenue: orders.byCurrency.map((each) => revenueOf(each, grid, nowMs)),
    latency: latencyOf(sessions),
  };
}

function revenueOf(
  each: CurrencyOrders,
  { range }: TimeGrid,
  nowMs: number,
): BusinessPage["revenue"][number] {
  const { currency, revenue, previousRevenue, previousOrders, orders, revenueByPoint } = each;
  const lengthMs = Math.max(60_000, Math.min(range.toMs, nowMs) - range.fromMs);
  return {
    currency,
    total: revenue,
    previous: previousOrders === 0 ? null : previousRevenue,
    perHour: (revenue / lengthMs) * HOUR_MS,
    perDay: (revenue / lengthMs) * DAY_MS,
    orders,
    byPoint: [...revenueByPoint],
  };
}

function latencyOf({ bands }: Sessions): BusinessPage["latency"] {
  const sessions = bands.reduce((sum, { n }) => sum + n, 0);
  const named = bands.map(({ n, k }, index) => ({ band: BAND_NAMES[index] ?? "", n, k }));
  const rated = ratesByBand(named, BAND_SESSIONS_MIN);
  const isKnown = rated.filter(({ rate }) => rate !== null).length >= 2;
  const reason =
    sessions === 0
      ? "No session with a measured LCP is over yet: send page views, web vitals and orders with the browser SDK. Sessions count once they have been silent for 30 minutes."
      : `Two bands of ${BAND_SESSIONS_MIN} sessions or more are needed to compare; there are ${sessions} sessions in all.`;
  return { bands: sessions === 0 ? [] : rated, sessions, reason: isKnown ? null : reason };
}

interface Facts {
  readonly grid: TimeGrid;
  readonly counts: CountsByEvent;
  readonly orders: Orders;
  readonly ordersByPoint: readonly number[];
  readonly sessions: Sessions;
  readonly active: readonly (number | null)[];
  readonly keptFromMs: number;
}

type Draft = Omit<Kpi, "changeRatio">;

function kpisOf(facts: Facts): Draft[] {
  const { sessions, active, orders, ordersByPoint, counts } = facts;
  const { current, previous } = sessions;
  const placed = ordersByPoint.reduce((sum, n) => sum + n, 0);
  const placedBefore = orders.byCurrency.reduce((sum, each) => sum + each.previousOrders, 0);
  const isKept = facts.grid.range.fromMs >= facts.keptFromMs;
  const isPreviousKept = facts.grid.previousFromMs >= facts.keptFromMs;
  const ofSessions = (draft: Draft): Draft => ({
    ...draft,
    value: isKept ? draft.value : null,
    previous: isPreviousKept ? draft.previous : null,
    reason: isKept
      ? draft.reason
      : `Sessions are kept for ${SESSIONS_KEPT_DAYS} days: choose a shorter range.`,
  });
  return [
    ofSessions({
      ...base("sessions", "Active sessions", "higher"),
      value: current.sessions,
      previous: previous.sessions,
      sampleCount: current.sessions,
      sparkline: [...active],
      reason: current.sessions === 0 ? "No session in this range. The browser SDK counts them." : null,
    }),
    ofSessions(sessionLength(sessions)),
    counted("productViews", "Product views", counts("product_view"), "product_view"),
    counted("searches", "Searches", counts("search"), "search"),
    {
      ...base("orders", "Orders", "higher"),
      value: placed,
      previous: placedBefore,
      sampleCount: placed,
      sparkline: [...ordersByPoint],
      reason: placed === 0 ? missing("order") : null,
    },
    {
      ...base("activeOrders", "Active orders", "neither"),
      value: orders.active,
      sampleCount: orders.active ?? 0,
      reason:
        orders.active === null
          ? "Send order_completed and order_cancelled with the order_id, so that it is known which are done."
          : null,
    },
    ofSessions(
      share("conversion", "Checkout conversion", "higher", {
        current: [current.converted, current.checkouts],
        previous: [previous.converted, previous.checkouts],
        event: "checkout",
      }),
    ),
    ofSessions(
      share("abandonment", "Cart abandonment", "lower", {
        current: [current.abandoned, current.carts],
        previous: [previous.abandoned, previous.carts],
        event: "add_to_cart",
      }),
    ),
  ];
}

function base(id: string, title: string, better: Kpi["better"]) {
  return { id, title, better, unit: "count" as const, value: null, previous: null, sparkline: [] };
}

const missing = (event: string): string => `No ${event} event in this range.`;

function counted(
  id: string,
  title: string,
  { byPoint, current, previous }: ReturnType<CountsByEvent>,
  event: string,
): Draft {
  return {
    ...base(id, title, "higher"),
    value: current,
    previous,
    sampleCount: current,
    sparkline: [...byPoint],
    reason: current === 0 ? missing(event) : null,
  };
}

function sessionLength({ current, previous }: Sessions): Draft {
  const isKnown = current.lengthSessions >= SESSIONS_MIN;
  return {
    ...base("sessionLength", "Session length, median", "neither"),
    unit: "s",
    value: isKnown && current.lengthMedianMs !== null ? current.lengthMedianMs / 1000 : null,
    previous:
      previous.lengthSessions >= SESSIONS_MIN && previous.lengthMedianMs !== null
        ? previous.lengthMedianMs / 1000
        : null,
    sampleCount: current.lengthSessions,
    reason: isKnown ? null : tooFew(current.lengthSessions, "with more than one moment"),
  };
}

function share(
  id: string,
  title: string,
  better: Kpi["better"],
  of: {
    readonly current: readonly [k: number, n: number];
    readonly previous: readonly [k: number, n: number];
    readonly event: string;
  },
): Draft {
  const percent = ([k, n]: readonly [number, number]) => (n < SESSIONS_MIN ? null : (k / n) * 100);
  const [, n] = of.current;
  return {
    ...base(id, title, better),
    unit: "%",
    value: percent(of.current),
    previous: percent(of.previous),
    sampleCount: n,
    reason: n >= SESSIONS_MIN ? null : tooFew(n, `with ${of.event}`),
  };
}

function tooFew(n: number, which: string): string {
  return `${n} of the ${SESSIONS_MIN} sessions ${which} that it takes are over (silent for 30 minutes).`;
}

function withChange(draft: Draft): Kpi {
  const { value, previous } = draft;
  const isComparable = value !== null && previous !== null && previous !== 0;
  return { ...draft, changeRatio: isComparable ? value / previous - 1 : null };
}
