/**
 * Two and a half hours of a shop, made by a seed that is printed: three services, two releases, sampled traces, failures,
 * statements that are slow or asked again and again, exceptions, logs and metrics. No duration is near a limit that a
 * histogram's bucket would blur (apdex, "slow").
 */
import type { SentLine, SentSpan } from "../../insight/testRig.ts";

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TRACES = 620;
/** `ot=th:` and what it stands for is read from the rows: 1, 2, 4, and 3 or 4. */
const TRACE_STATES = [undefined, "ot=th:8", "ot=th:c", "ot=th:b"] as const;
const BLURRED_MS = [100, 250, 500, 2000] as const;
const POSTGRES = { "db.system.name": "postgresql", "db.namespace": "shop" };

export interface Batch {
  readonly service: string;
  readonly version?: string;
  readonly spans: SentSpan[];
  readonly logs: SentLine[];
}

/** Uniform in 0..1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is sent one after the other: the later ones have rows of the same minutes again. */
export function shopBatches(seed: number): Batch[] {
  const random = randomOf(seed);
  const byKey = new Map<string, Batch>();
  const batchOf = (service: string, version: string | undefined, part: number): Batch => {
    const key = `${part} ${service} ${version ?? ""}`;
    const known = byKey.get(key) ?? {
      service,
      ...(version === undefined ? {} : { version }),
      spans: [],
      logs: [],
    };
    byKey.set(key, known);
    return known;
  };
  const durationMs = (middle: number): number => {
    const ms = middle * Math.exp(1.1 * (random() + random() + random() - 1.5));
    const isBlurred = BLURRED_MS.some((limit) => Math.abs(ms / limit - 1) < 0.12);
    return Math.round((isBlurred ? ms * 1.4 : ms) * 1e6) / 1e6;
  };
  for (let index = 0; index < TRACES; index++) {
    // From two and a half hours before the end of the range to a quarter of an hour behind it.
    const agoMs = Math.floor(random() * 2.75 * HOUR_MS) - 0.25 * HOUR_MS;
    // A trace lies within a minute, as its statements are grouped by minutes.
    const ago = Math.floor(agoMs / MINUTE_MS) * MINUTE_MS + 20_000;
    const version = ago > 0.6 * HOUR_MS ? "1.0" : "1.1";
    const part = random() < 0.2 ? 1 : 0;
    const traceId = (0x5e0000 + index).toString(16).padStart(32, "0");
    const traceState = TRACE_STATES[Math.floor(random() * TRACE_STATES.length)];
    const common = { traceId, agoMs: ago, ...(traceState === undefined ? {} : { traceState }) };
    let span = 0;
    const spanId = (): string => (0x100000 + index * 64 + span++).toString(16).padStart(16, "0");
    const api = batchOf("shop-api", version, part);
    const [web, root] = [batchOf("shop-web", undefined, part), spanId()];
    if (random() < 0.5) {
      const own = durationMs(60);
      web.spans.push({
        ...common,
        name: "GET /",
        route: "/",
        spanId: root,
        durationMs: own,
        attributes: { "http.request.method": "GET", "http.response.status_code": 200 },
      });
      web.spans.push({
        ...common,
        name: "GET",
        kind: 3,
        spanId: spanId(),
        parentSpanId: root,
        durationMs: own * 0.8,
        isError: random() < 0.1,
        attributes: { "peer.service": "shop-api" },
      });
    }
    const route = ["/orders", "/carts/{id}", ""][Math.floor(random() * 2.3)] ?? "";
    const method = random() < 0.7 ? "GET" : "POST";
    const luck = random();
    const isFailed = luck < (version === "1.1" ? 0.15 : 0.05);
    const server = spanId();
    const status = isFailed ? 503 : luck > 0.9 ? 404 : 200;
    const type = luck < 0.08 ? "TypeError" : "RangeError";
    api.spans.push({
      ...common,
      name: route === "" ? "work" : `${method} ${route}`,
      ...(route === "" ? {} : { route }),
      spanId: server,
      durationMs: durationMs(route === "/orders" ? 1200 : 90),
      isError: luck < 0.02,
      attributes: {
        ...(route === "" ? {} : { "http.request.method": method }),
        "http.response.status_code": status,
        "http.request.body.size": method === "POST" ? 100 + index : 0,
        "http.response.body.size": route === "/orders" ? 900_000 + index : 500 + index,
      },
      ...(isFailed
        ? { exception: { type, message: `${type} of ${index}`, userId: `user ${index % 7}` } }
        : {}),
    });
    const ask = (text: string, middle: number, rows?: number): void => {
      api.spans.push({
        ...common,
        name: "SELECT shop",
        kind: 3,
        spanId: spanId(),
        parentSpanId: server,
        durationMs: durationMs(middle),
        isError: random() < 0.03,
        attributes: {
          ...POSTGRES,
          "db.query.text": text,
          ...(rows === undefined ? {} : { "db.response.returned_rows": String(rows) }),
        },
      });
    };
    if (route === "/orders") ask("select * from orders where note = 'x'", 300, 1 + (index % 5));
    if (route === "/carts/{id}")
      for (let id = 0; id < 2 + (index % 3) * 4; id++) ask(`select * from items where id = ${id}`, 4, 1);
    if (random() < 0.3) ask("select now()", 1);
    if (version === "1.1" && random() < 0.2) ask("select * from coupons", 30, 3);
    if (random() < 0.2) api.logs.push({ text: "odd", severityNumber: random() < 0.5 ? 13 : 17, agoMs: ago });
    if (random() < 0.1)
      web.logs.push({ text: "no", severityNumber: 17, agoMs: ago, exceptionType: "LogError" });
  }
  const worker = batchOf("worker", "7", 0);
  for (let index = 0; index < 90; index++)
    worker.spans.push({
      name: "work off",
      kind: 5,
      agoMs: index * 90_000 + 5000,
      durationMs: durationMs(200),
      attributes: { "messaging.system": "nats", "messaging.destination.name": "orders" },
    });
  // It worked this morning, was silent for hours, and works again since a few minutes: it has not just begun.
  for (const agoMs of [7.5 * HOUR_MS, 9 * MINUTE_MS, 5 * MINUTE_MS, 2 * MINUTE_MS])
    batchOf("sleeper", undefined, 0).spans.push({
      name: "GET /",
      route: "/",
      agoMs,
      durationMs: durationMs(20),
    });
  return [...byKey.values()];
}

/** Gauges, a counter that is started anew, and a histogram: a point each twenty seconds, of two processes. */
export function shopMetrics(seed: number, toMs: number): object {
  const random = randomOf(seed + 1);
  const times = Array.from({ length: 3 * 90 }, (_, index) => toMs - 1.4 * HOUR_MS + index * 20_000);
  const attributesOf = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const series = (of: Readonly<Record<string, string>>, point: (index: number) => object) =>
    times.map((ms, index) => ({
      timeUnixNano: `${ms}000000`,
      startTimeUnixNano: `${toMs - 3 * HOUR_MS}000000`,
      attributes: attributesOf(of),
      ...point(index),
    }));
  const gauge = (name: string, of: Readonly<Record<string, string>>, middle: number) => ({
    name,
    gauge: { dataPoints: series(of, () => ({ asDouble: middle * (0.8 + 0.4 * random()) })) },
  });
  const metricsOf = () => [
    gauge("process.cpu.utilization", { "cpu.mode": "user" }, 0.3),
    gauge("process.cpu.utilization", { "cpu.mode": "system" }, 0.1),
    gauge("process.memory.usage", {}, 200e6),
    gauge("v8js.memory.heap.used", { "v8js.heap.space.name": "old_space" }, 50e6),
    gauge("v8js.memory.heap.used", { "v8js.heap.space.name": "new_space" }, 5e6),
    gauge("nodejs.eventloop.utilization", {}, 0.5),
    gauge("nodejs.eventloop.delay.p99", {}, 0.012),
    gauge(
      "db.client.connection.count",
      { "db.client.connection.pool.name": "main", "db.client.connection.state": "used" },
      6,
    ),
    gauge(
      "db.client.connection.count",
      { "db.client.connection.pool.name": "main", "db.client.connection.state": "idle" },
      2,
    ),
    gauge("db.client.connection.max", { "db.client.connection.pool.name": "main" }, 10),
    gauge("system.cpu.utilization", { "cpu.mode": "user" }, 0.2),
    {
      name: "system.network.io",
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: series({ "network.io.direction": "receive" }, (index) => ({
          asInt: String(index < 100 ? 5000 + index * 777 : 40 + (index - 100) * 555),
        })),
      },
    },
    {
      name: "v8js.gc.duration",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: series({ "v8js.gc.type": "major" }, (index) => ({
          count: String(index + 1),
          sum: index * 0.05,
          explicitBounds: [],
          bucketCounts: [String(index + 1)],
        })),
      },
    },
  ];
  return {
    resourceMetrics: ["shop-api-1", "shop-api-2"].map((instance) => ({
      resource: { attributes: attributesOf({ "service.name": "shop-api", "service.instance.id": instance }) },
      scopeMetrics: [{ metrics: metricsOf() }],
    })),
  };
}
