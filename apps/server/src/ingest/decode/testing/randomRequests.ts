/** Random requests of every signal, with all fields and with what is odd but legal. */
import type { OtlpSignal } from "../../types.ts";
import type { KeyValue, Value } from "./otlp.ts";

const KEYS = [
  "http.request.method",
  "http.method",
  "http.route",
  "http.response.status_code",
  "http.status_code",
  "db.system",
  "db.system.name",
  "http.request.body.size",
  "http.response.body.size",
  "http.response_content_length",
  "rpc.service",
  "rpc.method",
  "messaging.destination.name",
  "messaging.operation.name",
  "messaging.operation",
  "exception.type",
  "exception.message",
  "exception.stacktrace",
  "exception.escaped",
  "a",
  "ключ",
  "",
  "thread.id",
  "k".repeat(90),
];
const RESOURCE_KEYS = [
  "service.name",
  "service.version",
  "deployment.environment",
  "deployment.environment.name",
  "host.name",
  "service.instance.id",
  "k8s.pod.name",
  "process.pid",
  "telemetry.sdk.name",
];
const TEXTS = [
  "",
  "GET",
  "orders",
  "x".repeat(127),
  "y".repeat(128),
  "z".repeat(500),
  "naïve – ☕ 𝄞",
  'q"\\\n\t\u0001',
  "/",
];

export class RandomRequests {
  private readonly random: () => number;
  private readonly nowNs: bigint;

  constructor(random: () => number, nowMs: number) {
    this.random = random;
    this.nowNs = BigInt(nowMs) * 1_000_000n;
  }

  request(signal: OtlpSignal): object {
    const item = { traces: () => this.span(), logs: () => this.log(), metrics: () => this.metric() }[signal];
    const [resources, scopes, items] = {
      traces: ["resourceSpans", "scopeSpans", "spans"],
      logs: ["resourceLogs", "scopeLogs", "logRecords"],
      metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
    }[signal] as [string, string, string];
    return {
      [resources]: this.some(4, () => ({
        ...(this.chance(0.9) && { resource: { attributes: this.attributes(RESOURCE_KEYS, 6) } }),
        [scopes]: this.some(3, () => ({
          ...(this.chance(0.9) && {
            scope: { name: this.text(), version: this.text(), attributes: this.attributes(KEYS, 2) },
          }),
          [items]: this.some(8, item),
          schemaUrl: "https://opentelemetry.io/schemas/1.37.0",
        })),
      })),
    };
  }

  private chance(share: number): boolean {
    return this.random() < share;
  }
  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
  private some<T>(max: number, make: () => T): T[] {
    return Array.from({ length: this.below(max + 1) }, make);
  }
  private text(): string {
    return this.chance(0.5) ? this.pick(TEXTS) : `t${this.below(1e6).toString(36)}`;
  }
  private bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.below(256));
  }
  private id(size: number): Uint8Array {
    if (this.chance(0.03)) return new Uint8Array(size);
    return this.bytes(this.chance(0.03) ? this.below(24) : size);
  }
  private time(): string {
    if (this.chance(0.03)) return "0";
    if (this.chance(0.03)) return String(this.nowNs + BigInt(this.below(2e13)));
    if (this.chance(0.03))
      return String(this.nowNs - BigInt(this.below(60)) * 86_400_000_000_000n - 1_000_000_000n);
    return String(this.nowNs - BigInt(this.below(1e12)));
  }
  private integer(): string {
    const sizes = [
      "0",
      "1",
      "-1",
      "200",
      "404",
      "70000",
      "2147483647",
      "-2147483648",
      "2147483648",
      "4294967296",
    ];
    return this.pick([
      ...sizes,
      "9007199254740993",
      "-9223372036854775808",
      "9223372036854775807",
      "1234567890123",
    ]);
  }
  private double(): number {
    return this.pick([0, 1, -1.5, 1e300, 1e-300, 0.1, Number.NaN, Infinity, -Infinity, this.random() * 1e6]);
  }

  private value(depth = 0): Value {
    const kinds = depth < 4 && this.chance(0.2) ? 8 : 6;
    switch (this.below(kinds)) {
      case 0:
      case 1:
        return { stringValue: this.text() };
      case 2:
        return { intValue: this.integer() };
      case 3:
        return { boolValue: this.chance(0.5) };
      case 4:
        return { doubleValue: this.double() };
      case 5:
        return this.chance(0.5) ? {} : { bytesValue: this.bytes(this.below(40)) };
      case 6:
        return { arrayValue: { values: this.some(4, () => this.value(depth + 1)) } };
      default:
        return {
          kvlistValue: { values: this.some(4, () => ({ key: this.text(), value: this.value(depth + 1) })) },
        };
    }
  }

  private attributes(keys: readonly string[], max: number): KeyValue[] {
    return this.some(max, () => {
      const key = this.pick(keys);
      const isUsual = this.chance(0.6);
      if (isUsual && /status_code|size|length/.test(key)) return { key, value: { intValue: this.integer() } };
      return { key, value: isUsual ? { stringValue: this.text() } : this.value() };
    });
  }

  private span(): object {
    const isException = this.chance(0.4);
    return {
      traceId: this.id(16),
      spanId: this.id(8),
      parentSpanId: this.chance(0.3) ? new Uint8Array(this.pick([0, 8])) : this.id(8),
      traceState: this.chance(0.2) ? this.traceState() : this.chance(0.1) ? this.text() : "",
      name: this.text().replaceAll("/", "-"),
      kind: this.below(8),
      startTimeUnixNano: this.time(),
      endTimeUnixNano: this.time(),
      attributes: this.attributes(KEYS, 20),
      droppedAttributesCount: this.chance(0.1) ? this.below(9) : 0,
      droppedEventsCount: this.chance(0.1) ? this.below(9) : 0,
      droppedLinksCount: this.chance(0.1) ? this.below(9) : 0,
      events: this.some(3, () => ({
        timeUnixNano: this.time(),
        name: isException ? "exception" : this.text(),
        attributes: this.attributes(KEYS, 5),
      })),
      links: this.some(2, () => ({
        traceId: this.id(16),
        spanId: this.id(8),
        traceState: this.text(),
        attributes: this.attributes(KEYS, 3),
      })),
      ...(this.chance(0.5) && { status: { code: this.below(4), message: this.text() } }),
      flags: this.below(512),
    };
  }

  /** Thresholds as samplers write them, among other members and among nonsense. */
  private traceState(): string {
    const digits = this.bytes(7).reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "");
    const threshold =
      this.pick(["", "0", "8", "fff", "ffffffff", "FF", "x"]) + digits.slice(0, this.below(15));
    const member = this.pick(["ot=", "ot=rv:0123456789abcd;", "ot=;", "other=", " ot="]) + `th:${threshold}`;
    return (
      this.pick(["", "vendor=a:b,", "ot2=th:4,", ","]) + member + this.pick(["", ",x=y", ";p:8", " ,x=y"])
    );
  }

  private log(): object {
    return {
      timeUnixNano: this.time(),
      observedTimeUnixNano: this.time(),
      severityNumber: this.below(30),
      severityText: this.text(),
      ...(this.chance(0.9) && { body: this.value() }),
      attributes: this.attributes(KEYS, 8),
      droppedAttributesCount: this.chance(0.1) ? this.below(9) : 0,
      flags: this.below(2),
      traceId: this.chance(0.3) ? new Uint8Array(0) : this.id(16),
      spanId: this.chance(0.3) ? new Uint8Array(0) : this.id(8),
      eventName: this.chance(0.2) ? this.text() : "",
    };
  }

  private metric(): object {
    const temporality = { aggregationTemporality: this.below(4) };
    const points = <T extends object>(make: () => T) => ({ dataPoints: this.some(4, make) });
    const kinds = [
      () => ({ gauge: points(() => this.numberPoint()) }),
      () => ({ sum: { ...points(() => this.numberPoint()), ...temporality, isMonotonic: this.chance(0.5) } }),
      () => ({ histogram: { ...points(() => this.histogramPoint()), ...temporality } }),
      () => ({ exponentialHistogram: { ...points(() => this.exponentialPoint()), ...temporality } }),
      () => ({ summary: points(() => this.summaryPoint()) }),
      () => ({}),
    ];
    return {
      name: this.text(),
      description: this.text(),
      unit: this.pick(["ms", "By", ""]),
      ...this.pick(kinds)(),
    };
  }

  private pointBase(): object {
    return {
      startTimeUnixNano: this.chance(0.5) ? "0" : this.time(),
      timeUnixNano: this.time(),
      flags: this.below(2),
    };
  }

  private numberPoint(): object {
    const number = this.chance(0.5) ? { asDouble: this.double() } : { asInt: this.integer() };
    return {
      ...this.pointBase(),
      attributes: this.attributes(KEYS, 5),
      ...number,
      exemplars: this.exemplars(),
    };
  }

  private exemplars(): object[] {
    return this.some(2, () => ({
      filteredAttributes: this.attributes(KEYS, 2),
      timeUnixNano: this.time(),
      ...(this.chance(0.5) ? { asDouble: this.double() } : { asInt: this.integer() }),
      traceId: this.id(16),
      spanId: this.id(8),
    }));
  }

  private histogramPoint(): object {
    const bounds = this.some(12, () => this.double());
    return {
      ...this.pointBase(),
      attributes: this.attributes(KEYS, 5),
      count: String(this.below(1e6)),
      ...(this.chance(0.8) && { sum: this.double() }),
      ...(this.chance(0.5) && { min: this.double(), max: this.double() }),
      ...(this.chance(0.9) && {
        explicitBounds: bounds,
        bucketCounts: Array.from({ length: bounds.length + 1 }, () => String(this.below(1e9))),
      }),
      exemplars: this.exemplars(),
    };
  }

  private exponentialPoint(): object {
    const buckets = () => ({
      offset: this.below(200) - 100,
      bucketCounts: this.some(20, () => String(this.below(1e12))),
    });
    return {
      ...this.pointBase(),
      attributes: this.attributes(KEYS, 5),
      count: String(this.below(1e6)),
      ...(this.chance(0.8) && { sum: this.double() }),
      scale: this.below(30) - 10,
      zeroCount: String(this.below(10)),
      ...(this.chance(0.8) && { positive: buckets() }),
      ...(this.chance(0.5) && { negative: buckets() }),
      ...(this.chance(0.5) && { min: this.double(), max: this.double() }),
      zeroThreshold: this.random(),
      exemplars: this.exemplars(),
    };
  }

  private summaryPoint(): object {
    return {
      ...this.pointBase(),
      attributes: this.attributes(KEYS, 5),
      count: String(this.below(1e6)),
      sum: this.double(),
      quantileValues: this.some(5, () => ({ quantile: this.random(), value: this.double() })),
    };
  }
}
