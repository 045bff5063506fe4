/** Spans as a busy web shop sends them: request, query, outgoing call and internal work, 13 attributes each. */
import { attributes, randomFrom, type KeyValue } from "./otlp.ts";

const ROUTES = [
  "/products",
  "/products/:id",
  "/cart",
  "/checkout",
  "/orders/:id",
  "/search",
  "/login",
  "/health",
];
const METHODS = ["GET", "GET", "GET", "POST", "PUT"];
const TABLES = ["orders", "order_items", "products", "customers", "carts"];

/** One ExportTraceServiceRequest with `count` spans of one resource; 5 % of the spans carry an exception event. */
export function webTraceRequest(count: number, nowMs: number, seed = 1, service = "shop-api"): object {
  const random = randomFrom(seed);
  return {
    resourceSpans: [
      {
        resource: {
          attributes: attributes({
            "service.name": service,
            "service.version": "2026.11.3",
            "deployment.environment.name": "production",
            "service.instance.id": "627cc493-f310-47de-96bd-71410b7dec09",
            "host.name": "ip-10-2-31-7.eu-west-1.compute.internal",
            "process.pid": 4711,
            "telemetry.sdk.language": "nodejs",
            "telemetry.sdk.version": "3.1.1",
          }),
        },
        scopeSpans: [
          {
            scope: { name: "@opentelemetry/instrumentation-http", version: "0.301.0" },
            spans: Array.from({ length: count }, (_, i) => span(i, nowMs, random)),
          },
        ],
      },
    ],
  };
}

function span(index: number, nowMs: number, random: () => number): object {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const startNs =
    BigInt(Math.floor(nowMs - random() * 10_000)) * 1_000_000n + BigInt(Math.floor(random() * 1e6));
  const endNs = startNs + BigInt(Math.floor(random() * 2e8));
  const common = {
    traceId: bytes(16, random),
    spanId: bytes(8, random),
    parentSpanId: index % 4 === 0 ? new Uint8Array(0) : bytes(8, random),
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(endNs),
    flags: 257,
    events: random() < 0.05 ? [exception(startNs)] : [],
  };
  const kinds = [server, query, call, work];
  return {
    ...common,
    ...kinds[index % 4]!(pick, random),
    status: random() < 0.03 ? { code: 2, message: "failed" } : {},
  };
}

type Pick = <T>(from: readonly T[]) => T;
interface Shape {
  readonly name: string;
  readonly kind: number;
  readonly attributes: KeyValue[];
}

function server(pick: Pick, random: () => number): Shape {
  const method = pick(METHODS);
  const route = pick(ROUTES);
  return {
    name: `${method} ${route}`,
    kind: 2,
    attributes: attributes({
      "http.request.method": method,
      "http.route": route,
      "url.path": route.replace(":id", String(Math.floor(random() * 1e6))),
      "url.scheme": "https",
      "server.address": "shop.example.com",
      "server.port": 443,
      "http.response.status_code": random() < 0.97 ? 200 : 500,
      "network.protocol.version": "1.1",
      "client.address": `10.${Math.floor(random() * 255)}.3.${Math.floor(random() * 255)}`,
      "user_agent.original": "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 Chrome/152.0 Safari/537.36",
      "http.response.body.size": Math.floor(random() * 50_000),
      "user.id": `u${Math.floor(random() * 1e5)}`,
      "app.cart.size": Math.floor(random() * 9),
    }),
  };
}

function query(pick: Pick, random: () => number): Shape {
  const table = pick(TABLES);
  return {
    name: `SELECT ${table}`,
    kind: 3,
    attributes: attributes({
      "db.system.name": "postgresql",
      "db.namespace": "shop",
      "db.collection.name": table,
      "db.operation.name": "SELECT",
      "db.query.text": `SELECT * FROM ${table} WHERE tenant_id = $1 AND created_at > $2 ORDER BY created_at DESC LIMIT 50`,
      "db.response.returned_rows": Math.floor(random() * 50),
      "server.address": "db-1.internal",
      "server.port": 5432,
      "network.peer.address": "10.2.0.17",
      "network.peer.port": 5432,
      "thread.id": Math.floor(random() * 16),
      "app.pool.waiting": Math.floor(random() * 3),
      "app.cached": random() < 0.5,
    }),
  };
}

function call(pick: Pick, random: () => number): Shape {
  const method = pick(METHODS);
  return {
    name: method,
    kind: 3,
    attributes: attributes({
      "http.request.method": method,
      "url.full": `https://payments.example.com/v1/charges/${Math.floor(random() * 1e6)}`,
      "server.address": "payments.example.com",
      "server.port": 443,
      "http.response.status_code": 200,
      "network.protocol.name": "http",
      "network.protocol.version": "1.1",
      "network.peer.address": "203.0.113.9",
      "network.peer.port": 443,
      "http.request.body.size": Math.floor(random() * 2000),
      "http.response.body.size": Math.floor(random() * 9000),
      "app.retry": Math.floor(random() * 3),
      "app.idempotency_key": `k-${Math.floor(random() * 1e9).toString(36)}`,
    }),
  };
}

function work(pick: Pick, random: () => number): Shape {
  return {
    name: pick(["render", "price", "validate", "authorize"]),
    kind: 1,
    attributes: attributes({
      "code.function.name": pick(["renderPage", "priceCart", "validateOrder"]),
      "code.file.path": "/srv/app/src/checkout/price.ts",
      "code.line.number": Math.floor(random() * 400),
      "thread.id": Math.floor(random() * 16),
      "thread.name": "main",
      "app.tenant": `t${Math.floor(random() * 40)}`,
      "app.user.tier": pick(["free", "plus", "pro"]),
      "app.feature.flag": pick(["on", "off"]),
      "app.items": Math.floor(random() * 30),
      "app.total": Math.floor(random() * 1e4) / 100 + 0.01,
      "app.currency": "EUR",
      "app.cached": random() < 0.5,
      "app.region": "eu-west-1",
    }),
  };
}

function exception(atNs: bigint): object {
  return {
    timeUnixNano: String(atNs + 1000n),
    name: "exception",
    attributes: attributes({
      "exception.type": "PaymentError",
      "exception.message": "card 4711 was declined",
      "exception.stacktrace":
        "PaymentError: card 4711 was declined\n" +
        "    at charge (/srv/app/src/payments/charge.ts:41:11)\n" +
        "    at checkout (/srv/app/src/checkout/checkout.ts:112:19)\n" +
        "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
    }),
  };
}

function bytes(size: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
}
