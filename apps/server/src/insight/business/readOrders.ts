/** Orders, each once: how many, for how much in which currency, and how many are still to be delivered. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { indexOnGrid, type TimeGrid } from "../timeGrid.ts";

/** Currencies shown; the rarest beyond are left out. */
const CURRENCIES_MAX = 10;

export interface CurrencyOrders {
  readonly currency: string;
  readonly orders: number;
  readonly previousOrders: number;
  /** In the currency's own unit; cancelled orders are not in it. */
  readonly revenue: number;
  readonly previousRevenue: number;
  readonly ordersByPoint: readonly number[];
  readonly revenueByPoint: readonly number[];
}

export interface Orders {
  readonly byCurrency: readonly CurrencyOrders[];
  /** Placed within the year before the end of the range and not closed by then; null where no end is ever told. */
  readonly active: number | null;
}

interface Row {
  readonly currency: string;
  readonly timeMs: number;
  readonly orders: number;
  readonly revenue: number;
}

const EACH = `SELECT order_key, min(placed_at) AS placed, min(closed_at) AS closed, min(cancelled_at) AS cancelled,
    max(o.revenue) AS amount, max(o.currency) AS code
  FROM business_orders AS o
  WHERE tenant_id = {tenant:String} AND project_id = {project:String}
  GROUP BY order_key`;

export async function readOrders(reader: ScopedReader, grid: TimeGrid): Promise<Orders> {
  const [rows, [open]] = await Promise.all([
    reader.query<Row>(
      `SELECT code AS currency, if(placed < fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000), -1,
           toInt64(toUnixTimestamp(toStartOfInterval(toDateTime(placed, 'UTC'), toIntervalSecond({step:UInt32})))) * 1000) AS timeMs,
         count() AS orders, toFloat64(sumIf(amount, cancelled IS NULL)) AS revenue
       FROM (${EACH})
       WHERE placed >= fromUnixTimestamp64Milli(toInt64({previousFrom:UInt32}) * 1000)
         AND placed < fromUnixTimestamp64Milli(toInt64({to:UInt32}) * 1000)
       GROUP BY currency, timeMs`,
      grid.params,
      { name: "business.orders" },
    ),
    reader.query<{ readonly active: number; readonly ended: number }>(
      `SELECT countIf(placed < fromUnixTimestamp64Milli(toInt64({to:UInt32}) * 1000)
           AND (closed IS NULL OR closed >= fromUnixTimestamp64Milli(toInt64({to:UInt32}) * 1000))) AS active,
         countIf(closed IS NOT NULL) AS ended
       FROM (${EACH})`,
      grid.params,
      { name: "business.activeOrders" },
    ),
  ]);
  const byCurrency = [...Map.groupBy(rows, ({ currency }) => currency)]
    .map(([currency, of]) => ordersOf(currency, of, grid))
    .toSorted(
      (a, b) =>
        b.orders + b.previousOrders - a.orders - a.previousOrders || (a.currency < b.currency ? -1 : 1),
    )
    .slice(0, CURRENCIES_MAX);
  return { byCurrency, active: open === undefined || open.ended === 0 ? null : open.active };
}

function ordersOf(currency: string, rows: readonly Row[], grid: TimeGrid): CurrencyOrders {
  const ordersByPoint = grid.timesMs.map(() => 0);
  const revenueByPoint = grid.timesMs.map(() => 0);
  for (const { timeMs, orders, revenue } of rows) {
    const index = timeMs < 0 ? null : indexOnGrid(grid, timeMs);
    if (index === null) continue;
    ordersByPoint[index] = (ordersByPoint[index] ?? 0) + orders;
    revenueByPoint[index] = (revenueByPoint[index] ?? 0) + revenue;
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const before = rows.find(({ timeMs }) => timeMs < 0);
  return {
    currency,
    orders: sum(ordersByPoint),
    previousOrders: before?.orders ?? 0,
    revenue: rounded(sum(revenueByPoint)),
    previousRevenue: rounded(before?.revenue ?? 0),
    ordersByPoint,
    revenueByPoint: revenueByPoint.map(rounded),
  };
}

/** Amounts are kept to four digits; sums of doubles are not. */
const rounded = (amount: number): number => Math.round(amount * 1e4) / 1e4;
