/**
 * Sampling by rejection threshold, as OpenTelemetry writes it into `tracestate`: a span is kept when the random part of its
 * trace id is at least T, and `ot=th:T` says that it stands for 2^56 / (2^56 - T) spans.
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
import type { TraceState } from "@opentelemetry/api";
import { TraceState as ListedState } from "@opentelemetry/core";

const DIGITS = 14;
const SPACE = 2 ** 56;
const TRACE_RANDOM_AT = 32 - DIGITS;
/** Keeps what is sampled at 0 out: no trace reaches it. */
const NEVER = "g";
const HEX = /^[0-9a-f]{1,14}$/;

/** The threshold of a share to keep, as 14 hexadecimal digits that compare like numbers. 1 keeps all, 0 nothing. */
export function thresholdOf(ratio: number): string {
  if (ratio >= 1) return "0".repeat(DIGITS);
  if (!(ratio > 0)) return NEVER;
  const value = Math.min(Math.round((1 - ratio) * SPACE), SPACE - 1);
  return value.toString(16).padStart(DIGITS, "0");
}

/** How many spans one with this `ot=th:` stands for; 1 without one. */
export function weightOf(traceState: TraceState | undefined): number {
  const threshold = readOt(traceState, "th");
  if (threshold === undefined) return 1;
  return SPACE / (SPACE - Number.parseInt(threshold.padEnd(DIGITS, "0"), 16));
}

/** The random number that all services of the trace decide by: `ot=rv:`, or else the end of the trace id. */
export function randomnessOf(traceId: string, traceState: TraceState | undefined): string {
  const explicit = traceState === undefined ? undefined : readOt(traceState, "rv");
  return explicit?.length === DIGITS ? explicit : traceId.slice(TRACE_RANDOM_AT);
}

/** The tracestate that says a span passed this threshold; the stricter of two that it passed counts. */
export function stateWith(traceState: TraceState | undefined, threshold: string): TraceState | undefined {
  const short = threshold.replace(/0+$/, "");
  if (short === "") return traceState;
  const before = traceState?.get("ot") ?? "";
  const upstream = readOt(traceState, "th");
  if (upstream !== undefined && upstream.padEnd(DIGITS, "0") >= threshold) return traceState;
  const others = before.split(";").filter((member) => member !== "" && !member.startsWith("th:"));
  return (traceState ?? new ListedState()).set("ot", [`th:${short}`, ...others].join(";"));
}

function readOt(traceState: TraceState | undefined, name: "th" | "rv"): string | undefined {
  const member = traceState
    ?.get("ot")
    ?.split(";")
    .find((each) => each.startsWith(`${name}:`));
  const value = member?.slice(3);
  return value !== undefined && HEX.test(value) ? value : undefined;
}
