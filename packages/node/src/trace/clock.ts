/** Wall-clock time with fractions of a millisecond that runs evenly: set by the system's clock, carried on by the monotonic one. */
import type { HrTime } from "@opentelemetry/api";

/** After so long the system's clock is asked again: it may have been set. */
const ANCHORED_MS = 10_000;

let anchorMs = 0;
let offsetMs = Number.NaN;

/** Milliseconds since 1970. */
export function monotonicNow(): number {
  const nowMs = performance.now();
  if (Number.isNaN(offsetMs) || nowMs - anchorMs >= ANCHORED_MS) anchor(nowMs);
  return offsetMs + nowMs;
}

function anchor(nowMs: number): void {
  anchorMs = nowMs;
  const wanted = Date.now() - nowMs;
  // Date.now() is cut to whole milliseconds: less than one of difference is no news.
  if (Number.isNaN(offsetMs) || Math.abs(wanted - offsetMs) > 1) offsetMs = wanted;
}

/** As OpenTelemetry has it: whole seconds and nanoseconds. */
export function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.min(Math.round((ms - seconds * 1000) * 1e6), 999_999_999)];
}
