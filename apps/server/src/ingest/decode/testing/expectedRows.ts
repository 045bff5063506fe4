/**
 * What the decoder should make of a request, written plainly over protobufjs objects: the oracle. It knows nothing of
 * the decoder's code except the names of the columns; fingerprints and series ids are left out.
 */
import { dialectOf } from "../statement/dialect.ts";
import { StatementNormaliser } from "../statement/normalise.ts";
import type { IngestRequest, OtlpSignal } from "../../types.ts";
import { REQUEST_TYPES } from "./otlp.ts";
import type { Cell, Row } from "./nativeRows.ts";

type Message = Readonly<Record<string, unknown>>;
type Pair = readonly [string, string];

const SERVER = 2;
const CONSUMER = 5;
const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const WEEK_NS = 7n * 86_400_000_000_000n;

export interface Expected {
  readonly rows: Row[];
  readonly exceptions: Row[];
  readonly refused: Record<string, number>;
}

export function expectedRows(request: IngestRequest, body: Uint8Array): Expected {
  // Browser signals have tests of their own.
  const signal = request.signal as OtlpSignal;
  const type = REQUEST_TYPES[signal];
  const message = type.toObject(type.decode(body), {
    longs: String,
    defaults: false,
    arrays: true,
    oneofs: true,
  });
  const expected: Expected = { rows: [], exceptions: [], refused: {} };
  const [resources, scopes, items] = LEVELS[signal];
  for (const resource of list(message, resources)) {
    for (const scope of list(resource, scopes)) {
      const shared = sharedCells(request, resource, scope);
      for (const item of list(scope, items)) ITEMS[signal](item, shared, request, expected);
    }
  }
  return expected;
}

const LEVELS: Readonly<Record<OtlpSignal, readonly [string, string, string]>> = {
  traces: ["resourceSpans", "scopeSpans", "spans"],
  logs: ["resourceLogs", "scopeLogs", "logRecords"],
  metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
};

type ItemRows = (
  item: Message,
  shared: Record<string, Cell>,
  request: IngestRequest,
  expected: Expected,
) => void;
const ITEMS: Readonly<Record<OtlpSignal, ItemRows>> = {
  traces: spanRows,
  logs: logRows,
  metrics: metricRows,
};

function list(message: Message, key: string): Message[] {
  return (message[key] as Message[] | undefined) ?? [];
}
function text(message: Message, key: string): string {
  return (message[key] as string | undefined) ?? "";
}
function number(message: Message, key: string): number {
  return Number(message[key] ?? 0);
}
function big(message: Message, key: string): bigint {
  return BigInt((message[key] as string | undefined) ?? 0);
}
function hex(message: Message, key: string): string {
  return Buffer.from((message[key] as Uint8Array | undefined) ?? []).toString("hex");
}

function sharedCells(request: IngestRequest, resource: Message, scope: Message): Record<string, Cell> {
  const { tenantId, projectId, keyId } = request.sender;
  const all = list((resource["resource"] as Message | undefined) ?? {}, "attributes");
  const taken = new Set<Message>();
  const take = (...names: string[]): string => {
    const found = all.find((each) => names.includes(text(each, "key")) && isText(each));
    if (found === undefined) return "";
    taken.add(found);
    return valueText(found["value"] as Message);
  };
  const service = take("service.name") || "unknown_service";
  const version = take("service.version");
  const environment = take("deployment.environment.name", "deployment.environment");
  const instance = ["service.instance.id", "host.name", "k8s.pod.name"]
    .map((name) => all.find((each) => text(each, "key") === name && isText(each)))
    .find((each) => each !== undefined);
  const scopeMessage = (scope["scope"] as Message | undefined) ?? {};
  const pairs: Pair[] = all.filter((each) => !taken.has(each)).map(pairOf);
  for (const each of list(scopeMessage, "attributes")) {
    const [key, value] = pairOf(each);
    pairs.push([`otel.scope.${key}`, value]);
  }
  if (text(scopeMessage, "version") !== "") pairs.push(["otel.scope.version", text(scopeMessage, "version")]);
  return {
    tenant_id: tenantId,
    project_id: projectId,
    ingest_key: keyId,
    received_at: Math.floor(request.receivedAtMs / 1000),
    service,
    service_version: version,
    environment,
    instance: instance === undefined ? "" : valueText(instance["value"] as Message),
    scope: text(scopeMessage, "name"),
    resource: pairs,
  };
}

/** A string that is not empty: what a LowCardinality column can give back. */
function isText(pair: Message): boolean {
  const value = (pair["value"] as Message | undefined) ?? {};
  return value["value"] === "stringValue" && value["stringValue"] !== "";
}

function pairOf(pair: Message): Pair {
  return [text(pair, "key"), valueText((pair["value"] as Message | undefined) ?? {})];
}

export function valueText(value: Message): string {
  switch (value["value"]) {
    case "stringValue":
      return value["stringValue"] as string;
    case "intValue":
    case "boolValue":
    case "doubleValue":
      return String(value[value["value"] as string]);
    case "bytesValue":
      return Buffer.from(value["bytesValue"] as Uint8Array).toString("base64");
    case undefined:
      return "";
    default:
      return valueJson(value);
  }
}

function valueJson(value: Message): string {
  switch (value["value"]) {
    case "stringValue":
      return jsonString(value["stringValue"] as string);
    case "intValue":
    case "boolValue":
      return String(value[value["value"] as string]);
    case "doubleValue":
      return Number.isFinite(value["doubleValue"])
        ? String(value["doubleValue"])
        : `"${String(value["doubleValue"])}"`;
    case "bytesValue":
      return `"${valueText(value)}"`;
    case "arrayValue":
      return `[${list(value["arrayValue"] as Message, "values")
        .map(valueJson)
        .join(",")}]`;
    case "kvlistValue":
      return `{${list(value["kvlistValue"] as Message, "values")
        .map(
          (each) =>
            `${jsonString(text(each, "key"))}:${valueJson((each["value"] as Message | undefined) ?? {})}`,
        )
        .join(",")}}`;
    default:
      return "null";
  }
}

/** As JSON.stringify, but with every control character as \u00xx. */
function jsonString(value: string): string {
  return JSON.stringify(value).replace(/\\[bfnrt]/g, (escape) => {
    const code = { "\\b": 8, "\\f": 12, "\\n": 10, "\\r": 13, "\\t": 9 }[escape]!;
    return `\\u00${code.toString(16).padStart(2, "0")}`;
  });
}

function jsonAttributes(pairs: readonly Message[]): string {
  return `{${pairs.map((each) => pairOf(each).map(jsonString).join(":")).join(",")}}`;
}

function milliseconds(nanos: bigint): string {
  const fraction = String(nanos % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(nanos / 1_000_000n) : `${nanos / 1_000_000n}.${fraction}`;
}

/** Why an item of this time is refused, if it is. */
function timeRefusal(nanos: bigint, request: IngestRequest): string | undefined {
  const ms = Number(nanos / 1_000_000n);
  if (ms > request.receivedAtMs + 3_600_000) return "future_time";
  if (ms < request.receivedAtMs - 30 * 86_400_000) return "expired_time";
  return undefined;
}

function refuse(expected: Expected, reason: string): void {
  expected.refused[reason] = (expected.refused[reason] ?? 0) + 1;
}

function arrival(request: IngestRequest): bigint {
  return BigInt(request.receivedAtMs) * 1_000_000n;
}

const isZero = (id: string): boolean => /^0*$/.test(id);

function spanRows(
  span: Message,
  shared: Record<string, Cell>,
  request: IngestRequest,
  expected: Expected,
): void {
  const traceId = hex(span, "traceId");
  const spanId = hex(span, "spanId");
  const parentId = hex(span, "parentSpanId");
  const hasIds = traceId.length === 32 && !isZero(traceId) && spanId.length === 16 && !isZero(spanId);
  if (!hasIds || (parentId.length !== 16 && parentId.length !== 0)) return refuse(expected, "invalid_id");
  const sentStart = big(span, "startTimeUnixNano");
  const start = sentStart === 0n ? arrival(request) : sentStart;
  const reason = timeRefusal(start, request);
  if (reason !== undefined) return refuse(expected, reason);

  const rest = [...list(span, "attributes")];
  const take = (names: readonly string[], accepts: (value: Message) => boolean): string => {
    const at = rest.findIndex(
      (each) => names.includes(text(each, "key")) && accepts((each["value"] ?? {}) as Message),
    );
    return at < 0 ? "" : valueText(rest.splice(at, 1)[0]!["value"] as Message);
  };
  const isString = (value: Message) => value["value"] === "stringValue" && value["stringValue"] !== "";
  const isCount = (max: number) => (value: Message) =>
    value["value"] === "intValue" && Number(value["intValue"]) > 0 && Number(value["intValue"]) <= max;
  const method = take(["http.request.method", "http.method"], isString);
  const status = take(["http.response.status_code", "http.status_code"], isCount(599));
  const database = take(["db.system.name", "db.system"], isString);
  const statement = takeStatement(rest, database);
  const safe = isCount(Number.MAX_SAFE_INTEGER);
  const requestBytes = take(["http.request.body.size", "http.request_content_length"], safe);
  const responseBytes = take(["http.response.body.size", "http.response_content_length"], safe);

  const sentEnd = big(span, "endTimeUnixNano");
  let duration = sentStart === 0n ? 0n : sentEnd - sentStart;
  const notes: Pair[] = [];
  if (duration < 0n) notes.push(["throughline.clock_skew", "end before start"]);
  else if (duration > WEEK_NS) notes.push(["throughline.clock_skew", "duration cut"]);
  duration = duration < 0n ? 0n : duration > WEEK_NS ? WEEK_NS : duration;
  for (const [field, key] of [
    ["droppedAttributesCount", "otel.dropped_attributes_count"],
    ["droppedEventsCount", "otel.dropped_events_count"],
    ["droppedLinksCount", "otel.dropped_links_count"],
  ] as const) {
    if (number(span, field) !== 0) notes.push([key, String(number(span, field))]);
  }
  const links = list(span, "links").filter(
    (link) => hex(link, "traceId").length === 32 && hex(link, "spanId").length === 16,
  );
  const droppedLinks = list(span, "links").length - links.length;
  if (droppedLinks > 0) notes.push(["throughline.dropped_links", String(droppedLinks)]);

  const kind = number(span, "kind") >= 0 && number(span, "kind") < KINDS.length ? number(span, "kind") : 0;
  const statusMessage = (span["status"] as Message | undefined) ?? {};
  const events = list(span, "events");
  const route = routeOf(kind, method, text(span, "name"), list(span, "attributes"));
  const row: Record<string, Cell> = {
    ...shared,
    time: String(start),
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: parentId.padStart(16, "0"),
    duration_ns: String(duration),
    name: text(span, "name"),
    kind: KINDS[kind]!,
    status: ["unset", "ok", "error"][number(statusMessage, "code")] ?? "unset",
    status_message: text(statusMessage, "message"),
    trace_state: text(span, "traceState"),
    route,
    http_method: method,
    http_status: Number(status),
    request_bytes: requestBytes || "0",
    response_bytes: responseBytes || "0",
    db_system: database,
    attributes: [...rest.map(pairOf), ...statement, ...notes],
    events: events.length === 0 ? "" : `[${events.map(eventJson).join(",")}]`,
    links: links.length === 0 ? "" : `[${links.map(linkJson).join(",")}]`,
    weight: weightOf(text(span, "traceState"), traceId),
  };
  expected.rows.push(row);
  for (const event of events) {
    if (text(event, "name") !== "exception") continue;
    const eventTime = big(event, "timeUnixNano");
    const time = timeRefusal(eventTime, request) === undefined ? eventTime : start;
    expected.exceptions.push(exceptionRow(row, list(event, "attributes"), String(time), "span"));
  }
}

/** By the specification's formula, in exact integers; a fraction falls up or down with the end of the trace id. */
function weightOf(traceState: string, traceId: string): number {
  const member = traceState
    .split(",")
    .map((each) => each.replaceAll(/^[ \t]+/g, ""))
    .find((each) => each.startsWith("ot="));
  const part = member
    ?.slice(3)
    .split(";")
    .find((each) => each.startsWith("th:"));
  const digits = /^th:([0-9a-f]{1,14})[ \t]*$/.exec(part ?? "")?.[1];
  if (digits === undefined) return 1;
  const space = 2n ** 56n;
  const kept = space - BigInt(`0x${digits.padEnd(14, "0")}`);
  if (kept * 10_000n <= space) return 10_000;
  const whole = space / kept;
  const fraction = Number(space % kept) / Number(kept);
  const word = Buffer.from(traceId, "hex").readUInt32LE(12);
  return Number(whole) + (scrambled(word) < fraction * 2 ** 32 ? 1 : 0);
}

/** MurmurHash3's finaliser, in integers of any size. */
function scrambled(word: number): number {
  let hash = BigInt(word);
  hash ^= hash >> 16n;
  hash = BigInt.asUintN(32, hash * 0x85ebca6bn);
  hash ^= hash >> 13n;
  hash = BigInt.asUintN(32, hash * 0xc2b2ae35n);
  return Number(hash ^ (hash >> 16n));
}

/** Takes the statement of a database call out; it is stored last, without its literals. */
function takeStatement(attributes: Message[], system: string): Pair[] {
  const names = ["db.query.text", "db.statement"];
  const found = attributes.filter((each) => {
    const value = (each["value"] ?? {}) as Message;
    return names.includes(text(each, "key")) && value["value"] === "stringValue";
  });
  for (const each of found) attributes.splice(attributes.indexOf(each), 1);
  const chosen = found.findLast((each) => text(each, "key") === names[0]) ?? found[0];
  if (chosen === undefined) return [];
  const bytes = Buffer.from(valueText(chosen["value"] as Message));
  const normalised = new StatementNormaliser().normalise(bytes, 0, bytes.length, dialectOf(system));
  return [[names[0]!, Buffer.from(normalised).toString("utf8")]];
}

function eventJson(event: Message): string {
  const time = milliseconds(big(event, "timeUnixNano"));
  const name = jsonString(text(event, "name"));
  return `{"timeMs":${time},"name":${name},"attributes":${jsonAttributes(list(event, "attributes"))}}`;
}

function linkJson(link: Message): string {
  const attributes = jsonAttributes(list(link, "attributes"));
  return `{"traceId":"${hex(link, "traceId")}","spanId":"${hex(link, "spanId")}","attributes":${attributes}}`;
}

function routeOf(kind: number, method: string, name: string, attributes: readonly Message[]): string {
  const last = (key: string): string => {
    const found = attributes.filter((each) => text(each, "key") === key);
    const value = found.findLast((each) => ((each["value"] ?? {}) as Message)["value"] === "stringValue")?.[
      "value"
    ];
    return value === undefined ? "" : valueText(value as Message);
  };
  if (kind === SERVER) {
    if (last("http.route") !== "")
      return method === "" ? last("http.route") : `${method} ${last("http.route")}`;
    if (last("rpc.method") !== "") return [last("rpc.service"), last("rpc.method")].filter(Boolean).join("/");
    return name;
  }
  if (kind === CONSUMER) {
    const destination = last("messaging.destination.name") || last("messaging.destination");
    if (destination === "") return "";
    const operation =
      last("messaging.operation.name") || last("messaging.operation.type") || last("messaging.operation");
    return operation === "" ? destination : `${destination} ${operation}`;
  }
  return "";
}

function exceptionRow(
  row: Record<string, Cell>,
  attributes: readonly Message[],
  time: string,
  source: string,
): Row {
  const special = ["exception.type", "exception.message", "exception.stacktrace"];
  const isSpecial = (each: Message) =>
    text(each, "key") === "exception.escaped" || (special.includes(text(each, "key")) && isText(each));
  const last = (key: string): string => {
    const found = attributes.findLast((each) => text(each, "key") === key && isSpecial(each));
    return found === undefined ? "" : valueText((found["value"] ?? {}) as Message);
  };
  const cells = [
    "tenant_id",
    "project_id",
    "service",
    "trace_id",
    "span_id",
    "service_version",
    "environment",
  ];
  return {
    ...Object.fromEntries([...cells, "ingest_key", "received_at"].map((name) => [name, row[name]!])),
    route: row["route"] ?? "",
    time,
    source,
    type: last("exception.type") || "Error",
    message: last("exception.message"),
    stacktrace: last("exception.stacktrace"),
    escaped: last("exception.escaped") === "true" ? 1 : 0,
    weight: row["weight"] ?? 1,
    attributes: attributes.filter((each) => !isSpecial(each)).map(pairOf),
  };
}

function logRows(
  record: Message,
  shared: Record<string, Cell>,
  request: IngestRequest,
  expected: Expected,
): void {
  const sentObserved = big(record, "observedTimeUnixNano");
  const isObserved = timeRefusal(sentObserved, request) === undefined;
  const observed = isObserved ? sentObserved : arrival(request);
  const time = big(record, "timeUnixNano") || observed;
  const reason = timeRefusal(time, request);
  if (reason !== undefined) return refuse(expected, reason);
  const notes: Pair[] = [];
  const id = (key: string, size: number): string => {
    const value = hex(record, key);
    return value.length === size ? value : "0".repeat(size);
  };
  const isWrong = (key: string, size: number) => ![0, size].includes(hex(record, key).length);
  if (isWrong("traceId", 32))
    notes.push(["throughline.invalid_id", "trace_id of a wrong length was dropped"]);
  else if (isWrong("spanId", 16))
    notes.push(["throughline.invalid_id", "span_id of a wrong length was dropped"]);
  const dropped = number(record, "droppedAttributesCount");
  if (dropped !== 0) notes.push(["otel.dropped_attributes_count", String(dropped)]);
  const severity = number(record, "severityNumber");
  const pairs = list(record, "attributes");
  const row: Record<string, Cell> = {
    ...shared,
    time: String(time),
    observed_time: String(observed),
    severity_number: severity > 0 && severity <= 24 ? severity : 0,
    severity_text: text(record, "severityText"),
    body: valueText((record["body"] as Message | undefined) ?? {}),
    event_name: text(record, "eventName"),
    trace_id: id("traceId", 32),
    span_id: id("spanId", 16),
    flags: number(record, "flags"),
    attributes: [...pairs.map(pairOf), ...notes],
  };
  expected.rows.push(row);
  const keys = ["exception.type", "exception.message", "exception.stacktrace"];
  if (pairs.some((each) => keys.includes(text(each, "key")) && isText(each))) {
    expected.exceptions.push(exceptionRow(row, pairs, String(time), "log"));
  }
}

const METRIC_TYPES: Readonly<Record<string, string>> = {
  gauge: "gauge",
  sum: "sum",
  histogram: "histogram",
  exponentialHistogram: "exponential_histogram",
  summary: "summary",
};

function metricRows(
  metric: Message,
  shared: Record<string, Cell>,
  request: IngestRequest,
  expected: Expected,
): void {
  const kind = metric["data"] as string | undefined;
  if (kind === undefined) return;
  const data = metric[kind] as Message;
  for (const point of list(data, "dataPoints")) {
    const time = big(point, "timeUnixNano") || arrival(request);
    const reason = text(metric, "name") === "" ? "invalid" : timeRefusal(time, request);
    if (reason !== undefined) {
      refuse(expected, reason);
      continue;
    }
    expected.rows.push({
      ...shared,
      metric: text(metric, "name"),
      unit: text(metric, "unit"),
      description: text(metric, "description"),
      type: METRIC_TYPES[kind]!,
      temporality:
        ["unspecified", "delta", "cumulative"][number(data, "aggregationTemporality")] ?? "unspecified",
      is_monotonic: data["isMonotonic"] === true ? 1 : 0,
      time: String(time),
      start_time: String(big(point, "startTimeUnixNano")),
      attributes: list(point, "attributes").map(pairOf),
      exemplars: exemplarsJson(list(point, "exemplars")),
      ...pointCells(kind, point),
    });
  }
}

function pointCells(kind: string, point: Message): Record<string, Cell> {
  const isNumber = kind === "gauge" || kind === "sum";
  const value = isNumber ? number(point, point["asDouble"] === undefined ? "asInt" : "asDouble") : 0;
  const isRecorded = Number.isFinite(value);
  const sentSum = isNumber ? 0 : number(point, "sum");
  const sum = Number.isFinite(sentSum) ? sentSum : 0;
  const count = isNumber ? 0n : big(point, "count");
  const positive = (point["positive"] as Message | undefined) ?? {};
  const negative = (point["negative"] as Message | undefined) ?? {};
  const quantiles = list(point, "quantileValues");
  const extreme = (key: string): Cell => {
    if (isNumber || kind === "summary") return 0;
    return point[key] === undefined ? "nan" : denormal(number(point, key));
  };
  const doubles = (values: readonly number[]): Cell[] => values.map(denormal);
  return {
    value: isNumber ? (isRecorded ? value : 0) : count > 0n ? sum / Number(count) : 0,
    flags: (number(point, "flags") | (isRecorded ? 0 : 1)) >>> 0,
    count: String(count),
    sum,
    min: extreme("min"),
    max: extreme("max"),
    bucket_bounds: doubles((point["explicitBounds"] as number[] | undefined) ?? []),
    bucket_counts: kind === "histogram" ? ((point["bucketCounts"] as string[] | undefined) ?? []) : [],
    scale: number(point, "scale"),
    zero_count: String(big(point, "zeroCount")),
    zero_threshold: denormal(number(point, "zeroThreshold")),
    positive_offset: number(positive, "offset"),
    positive_counts: (positive["bucketCounts"] as string[] | undefined) ?? [],
    negative_offset: number(negative, "offset"),
    negative_counts: (negative["bucketCounts"] as string[] | undefined) ?? [],
    quantiles: doubles(quantiles.map((each) => number(each, "quantile"))),
    quantile_values: doubles(quantiles.map((each) => number(each, "value"))),
  };
}

function denormal(value: number): Cell {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  return value === -Infinity ? "-inf" : value;
}

function exemplarsJson(exemplars: readonly Message[]): string {
  if (exemplars.length === 0) return "";
  const one = (each: Message): string => {
    const double = each["asDouble"] as number | undefined;
    const value =
      double === undefined ? String(big(each, "asInt")) : Number.isFinite(double) ? double : `"${double}"`;
    const ids =
      hex(each, "traceId").length === 32 && hex(each, "spanId").length === 16
        ? `,"traceId":"${hex(each, "traceId")}","spanId":"${hex(each, "spanId")}"`
        : "";
    const attributes = jsonAttributes(list(each, "filteredAttributes"));
    return `{"timeMs":${milliseconds(big(each, "timeUnixNano"))},"value":${value}${ids},"attributes":${attributes}}`;
  };
  return `[${exemplars.map(one).join(",")}]`;
}
