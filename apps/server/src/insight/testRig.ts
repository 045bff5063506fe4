/** For this room's tests: the real engine behind the real ingest, and telemetry to send. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { until } from "../../../../test/harness/until.ts";
import { openTelemetryStore, type Scope, type TelemetryStore } from "../engines/telemetry/index.ts";
import { createDecodePool, openIngest, type Ingest, type IngestAnswer } from "../ingest/index.ts";

export interface SentLine {
  readonly text: string;
  /** Before now; the newest one has 0. */
  readonly agoMs?: number;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  /** Makes a row of exceptions. */
  readonly exceptionType?: string;
}

export interface SentSpan {
  readonly name: string;
  readonly agoMs?: number;
  readonly durationMs?: number;
  readonly isError?: boolean;
  /** OTLP's number: 1 internal, 2 server, 3 client. */
  readonly kind?: number;
  readonly route?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  /** OpenTelemetry's `ot=th:c` says that it stands for four. */
  readonly traceState?: string;
  /** Numbers are sent as whole numbers. */
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** Recorded on it as an event. */
  readonly exception?: { readonly type: string; readonly message: string; readonly userId?: string };
  /** `http.response.body.size` */
  readonly responseBytes?: number;
}

export interface SentTelemetry {
  readonly service?: string;
  readonly version?: string;
  readonly spans?: readonly SentSpan[];
  readonly logs?: readonly SentLine[];
  /** Gauge points, one a name. */
  readonly gauges?: readonly string[];
  /** What `agoMs` counts from. */
  readonly nowMs?: number;
}

export interface InsightRig {
  readonly store: TelemetryStore;
  readonly ingest: Ingest;
  /** Resolves when the journal acknowledged everything; `stored` waits for the engine. */
  send(scope: Scope, what: SentTelemetry, keyId?: string): Promise<IngestAnswer[]>;
  /** Nothing waits in the journal. */
  stored(): Promise<void>;
  close(): Promise<void>;
}

export async function openInsightRig(): Promise<InsightRig> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-insight-"));
  const log = pino({ level: "silent" });
  const store = await openTelemetryStore({ dataDir });
  const ingest = await openIngest({ dataDir, store, decoder: createDecodePool({ workers: 1 }), log });
  ingest.setWatched(true);
  return {
    store,
    ingest,
    async send(scope, what, keyId = "key") {
      const answers: IngestAnswer[] = [];
      for (const { signal, body } of otlpJson(what)) {
        answers.push(
          await ingest.accept({
            sender: { ...scope, keyId },
            signal,
            encoding: "json",
            compression: "identity",
            body: Buffer.from(JSON.stringify(body)),
            receivedAtMs: Date.now(),
          }),
        );
      }
      return answers;
    },
    async stored() {
      await until("everything acknowledged is stored", async () => {
        const { oldestUnstoredAgeMs, lastLoadError } = ingest.status();
        if (lastLoadError !== null) throw new Error(lastLoadError);
        return oldestUnstoredAgeMs === null;
      });
    },
    async close() {
      await ingest.close({ drainMs: 5000 });
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

let lastId = 0;
const newId = (digits: number): string => (++lastId).toString(16).padStart(digits, "0");
const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;

/** One export request a signal that has something to say. */
export function otlpJson(what: SentTelemetry) {
  const { service = "web", version, spans = [], logs = [], gauges = [], nowMs = Date.now() } = what;
  const text = (key: string, value: string | undefined) =>
    value === undefined ? [] : [{ key, value: { stringValue: value } }];
  const resource = { attributes: [...text("service.name", service), ...text("service.version", version)] };
  const traces = spans.map(({ name, agoMs = 0, durationMs = 5, isError = false, kind = 2, ...span }) => ({
    traceId: span.traceId ?? newId(32),
    attributes: [
      ...text("http.route", span.route),
      ...Object.entries(span.attributes ?? {}).map(([key, value]) => ({
        key,
        value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
      })),
      ...(span.responseBytes === undefined
        ? []
        : [{ key: "http.response.body.size", value: { intValue: String(span.responseBytes) } }]),
    ],
    spanId: span.spanId ?? newId(16),
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    ...(span.exception === undefined
      ? {}
      : {
          events: [
            {
              name: "exception",
              timeUnixNano: nanos(nowMs - agoMs),
              attributes: [
                ...text("exception.type", span.exception.type),
                ...text("exception.message", span.exception.message),
                ...text("user.id", span.exception.userId),
              ],
            },
          ],
        }),
    ...(span.traceState === undefined ? {} : { traceState: span.traceState }),
    name,
    kind,
    startTimeUnixNano: nanos(nowMs - agoMs),
    endTimeUnixNano: nanos(nowMs - agoMs + durationMs),
    status: { code: isError ? 2 : 0 },
  }));
  const records = logs.map(({ text: body, agoMs = 0, severityNumber = 9, exceptionType, ...rest }) => ({
    ...rest,
    attributes: text("exception.type", exceptionType),
    timeUnixNano: nanos(nowMs - agoMs),
    severityNumber,
    body: { stringValue: body },
  }));
  const metrics = gauges.map((name) => ({
    name,
    gauge: { dataPoints: [{ timeUnixNano: nanos(nowMs), asDouble: 1 }] },
  }));
  const requests = [
    {
      signal: "traces",
      items: traces.length,
      body: { resourceSpans: [{ resource, scopeSpans: [{ spans: traces }] }] },
    },
    {
      signal: "logs",
      items: records.length,
      body: { resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] },
    },
    {
      signal: "metrics",
      items: metrics.length,
      body: { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] },
    },
  ] as const;
  return requests.filter(({ items }) => items > 0);
}
