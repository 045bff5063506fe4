/**
 * The messages of OTLP as tables: JSON name, field number and kind of every field the decoder knows. Used to turn
 * OTLP/JSON into the wire format, and to say in words where in a request a byte lies.
 * https://github.com/open-telemetry/opentelemetry-proto, and for JSON
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { OtlpSignal } from "../types.ts";

export type Scalar =
  | "string"
  /** base64 in JSON. */
  | "bytes"
  /** Trace and span ids: hexadecimal in JSON, unlike all other bytes. */
  | "id"
  | "bool"
  | "int32"
  | "sint32"
  | "uint32"
  | "fixed32"
  | "int64"
  | "uint64"
  | "fixed64"
  | "sfixed64"
  | "double";

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: Scalar | Shape;
  readonly isRepeated: boolean;
  readonly nameBytes: Uint8Array;
  /** number << 3 | wire type; packed for repeated scalars. */
  readonly tag: number;
}

export interface Shape {
  readonly name: string;
  readonly fields: Field[];
}

const WIRE_TYPES: Readonly<Record<Scalar, number>> = {
  string: 2,
  bytes: 2,
  id: 2,
  bool: 0,
  int32: 0,
  sint32: 0,
  uint32: 0,
  fixed32: 5,
  int64: 0,
  uint64: 0,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
};

type Definition = Readonly<Record<string, readonly [number, Scalar | Shape, "repeated"?]>>;

function shape(name: string, definition: Definition): Shape {
  return define({ name, fields: [] }, definition);
}

function define(target: Shape, definition: Definition): Shape {
  for (const [name, [number, kind, repeated]] of Object.entries(definition)) {
    const isRepeated = repeated !== undefined;
    const wireType = typeof kind === "string" && !isRepeated ? WIRE_TYPES[kind] : 2;
    const nameBytes = Buffer.from(name);
    target.fields.push({ name, number, kind, isRepeated, nameBytes, tag: (number << 3) | wireType });
  }
  return target;
}

// AnyValue and its containers refer to each other.
export const ANY_VALUE: Shape = { name: "AnyValue", fields: [] };
const KEY_VALUE = shape("KeyValue", { key: [1, "string"], value: [2, ANY_VALUE] });
define(ANY_VALUE, {
  stringValue: [1, "string"],
  boolValue: [2, "bool"],
  intValue: [3, "int64"],
  doubleValue: [4, "double"],
  arrayValue: [5, shape("ArrayValue", { values: [1, ANY_VALUE, "repeated"] })],
  kvlistValue: [6, shape("KeyValueList", { values: [1, KEY_VALUE, "repeated"] })],
  bytesValue: [7, "bytes"],
});

const RESOURCE = shape("Resource", {
  attributes: [1, KEY_VALUE, "repeated"],
  droppedAttributesCount: [2, "uint32"],
});
const SCOPE = shape("InstrumentationScope", {
  name: [1, "string"],
  version: [2, "string"],
  attributes: [3, KEY_VALUE, "repeated"],
  droppedAttributesCount: [4, "uint32"],
});

const SPAN = shape("Span", {
  traceId: [1, "id"],
  spanId: [2, "id"],
  traceState: [3, "string"],
  parentSpanId: [4, "id"],
  name: [5, "string"],
  kind: [6, "int32"],
  startTimeUnixNano: [7, "fixed64"],
  endTimeUnixNano: [8, "fixed64"],
  attributes: [9, KEY_VALUE, "repeated"],
  droppedAttributesCount: [10, "uint32"],
  events: [
    11,
    shape("Event", {
      timeUnixNano: [1, "fixed64"],
      name: [2, "string"],
      attributes: [3, KEY_VALUE, "repeated"],
      droppedAttributesCount: [4, "uint32"],
    }),
    "repeated",
  ],
  droppedEventsCount: [12, "uint32"],
  links: [
    13,
    shape("Link", {
      traceId: [1, "id"],
      spanId: [2, "id"],
      traceState: [3, "string"],
      attributes: [4, KEY_VALUE, "repeated"],
      droppedAttributesCount: [5, "uint32"],
      flags: [6, "fixed32"],
    }),
    "repeated",
  ],
  droppedLinksCount: [14, "uint32"],
  status: [15, shape("Status", { message: [2, "string"], code: [3, "int32"] })],
  flags: [16, "fixed32"],
});

const LOG_RECORD = shape("LogRecord", {
  timeUnixNano: [1, "fixed64"],
  severityNumber: [2, "int32"],
  severityText: [3, "string"],
  body: [5, ANY_VALUE],
  attributes: [6, KEY_VALUE, "repeated"],
  droppedAttributesCount: [7, "uint32"],
  flags: [8, "fixed32"],
  traceId: [9, "id"],
  spanId: [10, "id"],
  observedTimeUnixNano: [11, "fixed64"],
  eventName: [12, "string"],
});

const EXEMPLAR = shape("Exemplar", {
  filteredAttributes: [7, KEY_VALUE, "repeated"],
  timeUnixNano: [2, "fixed64"],
  asDouble: [3, "double"],
  asInt: [6, "sfixed64"],
  spanId: [4, "id"],
  traceId: [5, "id"],
});
const NUMBER_POINT = shape("NumberDataPoint", {
  attributes: [7, KEY_VALUE, "repeated"],
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  asDouble: [4, "double"],
  asInt: [6, "sfixed64"],
  exemplars: [5, EXEMPLAR, "repeated"],
  flags: [8, "uint32"],
});
const HISTOGRAM_POINT = shape("HistogramDataPoint", {
  attributes: [9, KEY_VALUE, "repeated"],
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  bucketCounts: [6, "fixed64", "repeated"],
  explicitBounds: [7, "double", "repeated"],
  exemplars: [8, EXEMPLAR, "repeated"],
  flags: [10, "uint32"],
  min: [11, "double"],
  max: [12, "double"],
});
const BUCKETS = shape("Buckets", { offset: [1, "sint32"], bucketCounts: [2, "uint64", "repeated"] });
const EXPONENTIAL_POINT = shape("ExponentialHistogramDataPoint", {
  attributes: [1, KEY_VALUE, "repeated"],
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  scale: [6, "sint32"],
  zeroCount: [7, "fixed64"],
  positive: [8, BUCKETS],
  negative: [9, BUCKETS],
  flags: [10, "uint32"],
  exemplars: [11, EXEMPLAR, "repeated"],
  min: [12, "double"],
  max: [13, "double"],
  zeroThreshold: [14, "double"],
});
const SUMMARY_POINT = shape("SummaryDataPoint", {
  attributes: [7, KEY_VALUE, "repeated"],
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  quantileValues: [
    6,
    shape("ValueAtQuantile", { quantile: [1, "double"], value: [2, "double"] }),
    "repeated",
  ],
  flags: [8, "uint32"],
});
const METRIC = shape("Metric", {
  name: [1, "string"],
  description: [2, "string"],
  unit: [3, "string"],
  gauge: [5, shape("Gauge", { dataPoints: [1, NUMBER_POINT, "repeated"] })],
  sum: [
    7,
    shape("Sum", {
      dataPoints: [1, NUMBER_POINT, "repeated"],
      aggregationTemporality: [2, "int32"],
      isMonotonic: [3, "bool"],
    }),
  ],
  histogram: [
    9,
    shape("Histogram", {
      dataPoints: [1, HISTOGRAM_POINT, "repeated"],
      aggregationTemporality: [2, "int32"],
    }),
  ],
  exponentialHistogram: [
    10,
    shape("ExponentialHistogram", {
      dataPoints: [1, EXPONENTIAL_POINT, "repeated"],
      aggregationTemporality: [2, "int32"],
    }),
  ],
  summary: [11, shape("Summary", { dataPoints: [1, SUMMARY_POINT, "repeated"] })],
});

function request(name: string, resources: string, scopes: string, items: string, item: Shape): Shape {
  const scope = shape(`Scope${name}`, {
    scope: [1, SCOPE],
    [items]: [2, item, "repeated"],
    schemaUrl: [3, "string"],
  });
  const resource = shape(`Resource${name}`, {
    resource: [1, RESOURCE],
    [scopes]: [2, scope, "repeated"],
    schemaUrl: [3, "string"],
  });
  return shape("Export request", { [resources]: [1, resource, "repeated"] });
}

export const REQUESTS: Readonly<Record<OtlpSignal, Shape>> = {
  traces: request("Spans", "resourceSpans", "scopeSpans", "spans", SPAN),
  logs: request("Logs", "resourceLogs", "scopeLogs", "logRecords", LOG_RECORD),
  metrics: request("Metrics", "resourceMetrics", "scopeMetrics", "metrics", METRIC),
};
