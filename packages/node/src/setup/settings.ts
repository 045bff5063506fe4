/**
 * What the environment says, read once. Names and meaning of OTEL_* are OpenTelemetry's:
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
import { readFileSync } from "node:fs";
import { parseKeyPairsIntoRecord } from "@opentelemetry/core";
import type { SamplingOptions } from "../sampling/keeper.ts";
import type { Encoding, Target } from "../send/post.ts";
import type { Signal } from "../send/sender.ts";
import type { Limits } from "../trace/recordedSpan.ts";
import type { Warn } from "./warn.ts";

export interface Settings {
  readonly isDisabled: boolean;
  readonly signals: Readonly<Record<Signal, boolean>>;
  readonly targets: Readonly<Record<Signal, Target>>;
  readonly encoding: Encoding;
  readonly queueBytes: number;
  readonly spanDelayMs: number;
  readonly spanBatch: number;
  readonly logDelayMs: number;
  readonly metricEveryMs: number;
  readonly sampler: string;
  readonly samplerArgument: string;
  readonly sampling: SamplingOptions;
  readonly propagators: readonly string[];
  readonly enabledInstrumentations: readonly string[] | undefined;
  readonly disabledInstrumentations: readonly string[];
  readonly hasHostMetrics: boolean;
  readonly limits: Limits;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_ENDPOINT = "http://localhost:4318";
const QUEUE_BYTES = 16 * 1024 * 1024;
const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];

/** Values that are not understood are warned of and replaced by their default; nothing here throws. */
export function readSettings(env: Environment, warn: Warn): Settings {
  const text = (name: string): string => env[name]?.trim() ?? "";
  const flag = (name: string): boolean => text(name).toLowerCase() === "true";
  const list = (name: string): string[] | undefined =>
    text(name) === ""
      ? undefined
      : text(name)
          .split(",")
          .map((item) => item.trim());
  const number = (name: string, fallback: number, least = 0, most = Number.MAX_SAFE_INTEGER): number => {
    if (text(name) === "") return fallback;
    const value = Number(text(name));
    if (value >= least && value <= most) return value;
    warn(
      `${name} must be a number from ${least}${most < 2 ? ` to ${most}` : ""}, not "${text(name)}". ${fallback} is used.`,
    );
    return fallback;
  };
  return {
    isDisabled: flag("OTEL_SDK_DISABLED"),
    signals: {
      traces: isExported("TRACES", text, warn),
      metrics: isExported("METRICS", text, warn),
      logs: isExported("LOGS", text, warn),
    },
    targets: targetsOf(text, number, warn),
    encoding: encodingOf(text("OTEL_EXPORTER_OTLP_COMPRESSION"), warn),
    queueBytes: number("THROUGHLINE_QUEUE_BYTES", QUEUE_BYTES, 1),
    spanDelayMs: number("OTEL_BSP_SCHEDULE_DELAY", 1000),
    spanBatch: number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 2048, 1),
    logDelayMs: number("OTEL_BLRP_SCHEDULE_DELAY", 1000),
    metricEveryMs: number("OTEL_METRIC_EXPORT_INTERVAL", 10_000, 100),
    sampler: text("OTEL_TRACES_SAMPLER"),
    samplerArgument: text("OTEL_TRACES_SAMPLER_ARG"),
    sampling: {
      fastTraceRatio: number("THROUGHLINE_FAST_TRACE_RATIO", 1, 0, 1),
      fastQueryRatio: number("THROUGHLINE_FAST_QUERY_RATIO", 1, 0, 1),
      slowRequestMs: number("THROUGHLINE_SLOW_REQUEST_MS", 1000),
      slowQueryMs: number("THROUGHLINE_SLOW_QUERY_MS", 100),
    },
    propagators: list("OTEL_PROPAGATORS") ?? ["tracecontext", "baggage"],
    enabledInstrumentations: list("OTEL_NODE_ENABLED_INSTRUMENTATIONS"),
    disabledInstrumentations: list("OTEL_NODE_DISABLED_INSTRUMENTATIONS") ?? [],
    hasHostMetrics: text("THROUGHLINE_HOST_METRICS").toLowerCase() !== "false",
    limits: {
      attributeValueLength: number(
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", Number.POSITIVE_INFINITY),
      ),
      attributeCount: number("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", number("OTEL_ATTRIBUTE_COUNT_LIMIT", 128)),
      eventCount: number("OTEL_SPAN_EVENT_COUNT_LIMIT", 128),
      linkCount: number("OTEL_SPAN_LINK_COUNT_LIMIT", 128),
    },
  };
}

type ReadText = (name: string) => string;

function isExported(signal: string, text: ReadText, warn: Warn): boolean {
  const name = `OTEL_${signal}_EXPORTER`;
  const value = text(name);
  if (value === "none") return false;
  if (value !== "" && value !== "otlp") warn(`${name}=${value} is not known here. OTLP is used.`);
  return true;
}

function encodingOf(value: string, warn: Warn): Encoding {
  if (value === "" || value === "zstd") return "zstd";
  if (value === "gzip" || value === "none") return value;
  warn(`OTEL_EXPORTER_OTLP_COMPRESSION takes zstd, gzip or none, not "${value}". zstd is used.`);
  return "zstd";
}

function targetsOf(
  text: ReadText,
  number: (name: string, fallback: number, least?: number) => number,
  warn: Warn,
): Record<Signal, Target> {
  const protocol = text("OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol !== "" && protocol !== "http/protobuf") {
    warn(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not known here. http/protobuf is used.`);
  }
  const base = text("OTEL_EXPORTER_OTLP_ENDPOINT") || DEFAULT_ENDPOINT;
  const key = text("THROUGHLINE_KEY");
  const tls = tlsOf(text, warn);
  const one = (signal: Signal): Target => {
    const prefix = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
    const wanted = text(`${prefix}_ENDPOINT`) || `${base.replace(/\/$/, "")}/v1/${signal}`;
    const isUrl = URL.canParse(wanted) && /^https?:/.test(wanted);
    if (!isUrl) warn(`"${wanted}" is no http address. ${DEFAULT_ENDPOINT} is used.`);
    return {
      url: isUrl ? wanted : `${DEFAULT_ENDPOINT}/v1/${signal}`,
      headers: {
        ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
        ...lowerCased(parseKeyPairsIntoRecord(text("OTEL_EXPORTER_OTLP_HEADERS"))),
        ...lowerCased(parseKeyPairsIntoRecord(text(`${prefix}_HEADERS`))),
      },
      timeoutMs: number(`${prefix}_TIMEOUT`, number("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000, 1), 1),
      tls,
    };
  };
  const [traces, metrics, logs] = SIGNALS.map(one) as [Target, Target, Target];
  return { traces, metrics, logs };
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function tlsOf(text: ReadText, warn: Warn): Target["tls"] {
  const read = (name: string): string | undefined => {
    if (text(name) === "") return undefined;
    try {
      return readFileSync(text(name), "utf8");
    } catch (error) {
      warn(`${name} cannot be read: ${String(error)}.`);
      return undefined;
    }
  };
  return {
    ca: read("OTEL_EXPORTER_OTLP_CERTIFICATE"),
    cert: read("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
    key: read("OTEL_EXPORTER_OTLP_CLIENT_KEY"),
  };
}
