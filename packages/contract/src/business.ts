/**
 * Business events and the numbers made of them. A site sends them with the browser SDK,
 * `track("order", { order_id: "A-17", revenue: 12.5, currency: "EUR" })`, a server as log records through OTLP whose event
 * name is one of these and whose attributes are the same. `session.id` on a server's record counts it to a visitor's session.
 */
import { z } from "zod";
import { kpi, project } from "./common.ts";
import { timeRange } from "./range.ts";

export interface BusinessEvent {
  readonly name: string;
  /** When to send it. */
  readonly text: string;
  /** Attributes that are read; others are kept and not counted. */
  readonly attributes: readonly string[];
}

/** The standard names. Other events are stored and searchable, and are no part of these numbers. */
export const BUSINESS_EVENTS = [
  { name: "product_view", text: "somebody looks at a product", attributes: [] },
  { name: "search", text: "somebody searches", attributes: [] },
  { name: "add_to_cart", text: "something goes into the cart", attributes: [] },
  { name: "checkout", text: "somebody begins to check out", attributes: [] },
  { name: "order", text: "an order is placed", attributes: ["order_id", "revenue", "currency"] },
  { name: "order_completed", text: "an order is delivered or handed over", attributes: ["order_id"] },
  { name: "order_cancelled", text: "an order is called off", attributes: ["order_id"] },
] as const satisfies readonly BusinessEvent[];
export type BusinessEventName = (typeof BUSINESS_EVENTS)[number]["name"];

const series = z.array(z.number().nullable());

/** `GET /api/business?project=&range=` */
export const businessPage = z.object({
  project,
  range: timeRange,
  /** Whether any of the standard events was ever received. */
  hasEvents: z.boolean(),
  kpis: z.array(kpi),
  timesMs: z.array(z.number()),
  /** By point; sessions are counted where they were active. */
  series: z.object({
    sessions: series,
    productViews: series,
    searches: series,
    orders: series,
  }),
  /** By currency, most orders first. `""`: sent without a currency, or with none that is three letters. */
  revenue: z.array(
    z.object({
      currency: z.string(),
      /** In the currency's own unit. */
      total: z.number(),
      previous: z.number().nullable(),
      perHour: z.number(),
      perDay: z.number(),
      orders: z.number(),
      byPoint: z.array(z.number()),
    }),
  ),
  /** Conversion by how long the largest content took to appear: what was together, not what caused what. */
  latency: z.object({
    bands: z.array(
      z.object({
        band: z.string(),
        /** Sessions, and those of them with an order. */
        n: z.number(),
        k: z.number(),
        /** k/n with its 95 % interval, 0..1; null where there are fewer than 200 sessions. */
        rate: z.number().nullable(),
        low: z.number().nullable(),
        high: z.number().nullable(),
      }),
    ),
    /** Sessions whose page speed is known. */
    sessions: z.number(),
    /** Why there is nothing to show; null when there is. */
    reason: z.string().nullable(),
  }),
  fetchedAtMs: z.number(),
});
export type BusinessPage = z.infer<typeof businessPage>;
