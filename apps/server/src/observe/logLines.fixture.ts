/** What log.fixture.ts writes and log.test.ts looks for. */
import { TraceFlags, type SpanContext } from "@opentelemetry/api";
import type { Config } from "../config/index.ts";

export const SECRET = "s3cret-value";

export const SECRET_HEADERS: Readonly<Record<string, string>> = {
  authorization: `Bearer ${SECRET}`,
  cookie: `session=${SECRET}`,
  "set-cookie": `session=${SECRET}`,
  "x-throughline-key": SECRET,
  "user-agent": "a browser",
};

export const SPAN: SpanContext = {
  traceId: "ab".repeat(16),
  spanId: "cd".repeat(8),
  traceFlags: TraceFlags.SAMPLED,
};

export function logLevelOf(text: string | undefined): Config["logLevel"] {
  return text === "warn" || text === "silent" ? text : "trace";
}
