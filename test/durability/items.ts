/** Spans, log records and metric points with unique ids, as the OpenTelemetry SDK hands them to its exporters. */
import { randomBytes, randomInt } from "node:crypto";
import {
  createTraceState,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  ValueType,
  type HrTime,
} from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

export interface Batch<Item> {
  readonly uids: readonly string[];
  readonly items: Item;
}

const resource = resourceFromAttributes({ "service.name": "durable", "service.version": "1.2.3" });
const scope = { name: "durability", version: "1" };

function now(msAgo = 0): HrTime {
  const ms = Date.now() - msAgo;
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}

/** No two spans last equally long, so that the slowest trace of a minute is one and not any of several. */
function earlierByAMoment([seconds, nanos]: HrTime): HrTime {
  const moment = randomInt(1, 1_000_000);
  return nanos >= moment ? [seconds, nanos - moment] : [seconds - 1, nanos - moment + 1_000_000_000];
}

function uidsOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Server and client spans over a few routes, every fifth one failed with a recorded exception, every third one sampled. */
export function spans(prefix: string, count: number): Batch<ReadableSpan[]> {
  const uids = uidsOf(prefix, count);
  const traceId = randomBytes(16).toString("hex");
  const items = uids.map((uid, index): ReadableSpan => {
    const isServer = index % 2 === 0;
    const isFailed = index % 5 === 0;
    const spanContext = {
      traceId,
      spanId: randomBytes(8).toString("hex"),
      traceFlags: TraceFlags.SAMPLED,
      // One in four was kept: rollups count it as four.
      ...(index % 3 === 0 && { traceState: createTraceState("ot=th:c") }),
    };
    const route = `/products/${index % 7}/:id`;
    return {
      name: isServer ? `GET ${route}` : "SELECT shop",
      kind: isServer ? SpanKind.SERVER : SpanKind.CLIENT,
      spanContext: () => spanContext,
      startTime: earlierByAMoment(now((index * 7) % 400)),
      endTime: now(),
      // Exporters send both times; the duration between them is the server's to compute.
      duration: [0, 0],
      ended: true,
      status: { code: isFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
      attributes: isServer
        ? {
            uid,
            "http.route": route,
            "http.request.method": "GET",
            "http.response.status_code": isFailed ? 500 : 200,
          }
        : { uid, "db.system.name": "postgresql", "db.query.text": "SELECT 1" },
      links: [],
      events: isFailed
        ? [
            {
              name: "exception",
              time: now(),
              attributes: { "exception.type": "Error", "exception.message": uid },
            },
          ]
        : [],
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  });
  return { uids, items };
}

export function logRecords(prefix: string, count: number): Batch<ReadableLogRecord[]> {
  const uids = uidsOf(prefix, count);
  const items = uids.map((uid, index): ReadableLogRecord => ({
    hrTime: now(),
    hrTimeObserved: now(),
    severityNumber: index % 3 === 0 ? SeverityNumber.ERROR : SeverityNumber.INFO,
    severityText: index % 3 === 0 ? "ERROR" : "INFO",
    body: `something happened to ${uid}`,
    resource,
    instrumentationScope: scope,
    attributes: { uid },
    droppedAttributesCount: 0,
  }));
  return { uids, items };
}

/** A counter, a gauge and a histogram, each with a third of the points. */
export function metricPoints(prefix: string, count: number): Batch<ResourceMetrics> {
  const uids = uidsOf(prefix, count);
  const times = { startTime: now(), endTime: now() };
  const descriptor = (name: string, valueType: ValueType) => ({
    name,
    description: "",
    unit: "1",
    valueType,
  });
  const third = (rest: number): string[] => uids.filter((_, index) => index % 3 === rest);
  const numbers = (rest: number) =>
    third(rest).map((uid, value) => ({ ...times, attributes: { uid }, value: value + 1 }));
  const aggregationTemporality = AggregationTemporality.DELTA;
  const items: ResourceMetrics = {
    resource,
    scopeMetrics: [
      {
        scope,
        metrics: [
          {
            descriptor: descriptor("orders", ValueType.INT),
            aggregationTemporality,
            dataPointType: DataPointType.SUM,
            isMonotonic: true,
            dataPoints: numbers(0),
          },
          {
            descriptor: descriptor("temperature", ValueType.DOUBLE),
            aggregationTemporality,
            dataPointType: DataPointType.GAUGE,
            dataPoints: numbers(1),
          },
          {
            descriptor: descriptor("latency", ValueType.DOUBLE),
            aggregationTemporality,
            dataPointType: DataPointType.HISTOGRAM,
            dataPoints: third(2).map((uid) => ({
              ...times,
              attributes: { uid },
              value: {
                buckets: { boundaries: [1, 10], counts: [1, 2, 3] },
                count: 6,
                sum: 70,
                min: 0.5,
                max: 40,
              },
            })),
          },
        ],
      },
    ],
  };
  return { uids, items };
}

/** Bodies as browsers send them. Every vital comes twice, the second time larger, as CLS does. */
export function webVitals(prefix: string, count: number): Batch<object[]> {
  const uids = uidsOf(prefix, count);
  const items = uids.map((uid, index) => ({
    name: (["LCP", "CLS", "INP", "FCP", "TTFB"] as const)[Math.floor(index / 2) % 5],
    value: ((Math.floor(index / 2) * 37) % 97) / 10 + (index % 2),
    id: `${prefix}-${Math.floor(index / 2)}`,
    pageUrl: `/products/${index % 7}`,
    deviceType: index % 3 === 0 ? "mobile" : "desktop",
    connectionType: "4g",
    timestamp: Date.now() - 1000 + index,
    attribution: { uid },
  }));
  return { uids, items };
}

export function browserEvents(prefix: string, count: number): Batch<object> {
  const uids = uidsOf(prefix, count);
  const items = uids.map((uid, index) =>
    index === 0
      ? { type: "page_view", timeMs: Date.now(), navigationType: "navigate", title: uid }
      : { type: "event", timeMs: Date.now(), name: "order", attributes: { uid } },
  );
  return { uids, items: { pageUrl: "/cart", items } };
}
