/** What a browser and an authenticator app do, for these suites. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { readCookie } from "../../access/index.ts";

/** By address: spans, logs and points for every table of what OpenTelemetry sends; `mark` is in each row. */
export function otlpBodies(mark: string): Record<string, unknown> {
  const nanos = String(BigInt(Date.now()) * 1_000_000n);
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const resource = { attributes: [text("service.name", mark)] };
  const exception = {
    name: "exception",
    timeUnixNano: nanos,
    attributes: [text("exception.type", "Oops")],
  };
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
  };
  const spans = [
    ...[1, 2, 3].map((n) => ({
      ...span,
      spanId: `b7ad6b716920333${n}`,
      name: "GET /",
      kind: 2,
      events: n === 1 ? [exception] : [],
    })),
    {
      ...span,
      spanId: "b7ad6b7169203339",
      name: "SELECT shop",
      kind: 3,
      attributes: [text("db.system.name", "postgresql"), text("db.query.text", "select 1")],
    },
  ];
  const point = { asDouble: 1.5, timeUnixNano: nanos };
  return {
    "/v1/traces": { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] },
    "/v1/logs": {
      resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ body: { stringValue: "hello" } }] }] }],
    },
    "/v1/metrics": {
      resourceMetrics: [
        { resource, scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: [point] } }] }] },
      ],
    },
  };
}

/** By address: something of a page view for every table of what browsers send. */
export function browserBodies(): Record<string, unknown> {
  const timeMs = Date.now();
  const page = {
    pageUrl: "https://shop.example/checkout",
    pageViewId: "page-view-1",
    sessionId: "session-01",
  };
  const origin = { origin: "https://cdn.example", isThirdParty: true, count: 1, scriptCount: 1 };
  return {
    "/api/web-vitals": [{ name: "LCP", value: 1200, id: "v6-1", timestamp: timeMs, ...page }],
    "/api/events": {
      ...page,
      items: [
        { type: "page_view", timeMs, navigationType: "navigate" },
        { type: "event", timeMs, name: "order" },
        {
          type: "resources",
          timeMs,
          origins: [{ ...origin, transferSizeBytes: 1000, durationMs: 20 }],
          longest: [],
        },
      ],
    },
  };
}

/** `name=value` of one cookie that an answer sets. */
export function cookieFrom(header: string | string[] | undefined, name = "tl_session_token"): string {
  for (const line of [header ?? []].flat()) {
    const value = readCookie(line, name);
    if (value !== null && value !== "") return `${name}=${value}`;
  }
  return assert.fail(`no cookie ${name} in ${String(header)}`);
}

const REVOKED_WITHIN_MS = 5000;

/** What is asked five seconds later is refused; how long answers take is not what is tested. */
export async function untilRefused(isRefused: () => Promise<boolean>): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const askedAfterMs = performance.now() - startedMs;
    if (await isRefused()) return;
    assert.ok(askedAfterMs < REVOKED_WITHIN_MS, "still let in after five seconds");
    await sleep(50);
  }
}
