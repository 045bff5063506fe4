/**
 * Numbers and times as text, the same on the server and in every browser: no locale data, a narrow no-break space
 * between thousands, at most three significant digits where more would be noise.
 */
const NARROW_SPACE = "\u202f";
/** What stands where a number isn't known. */
export const UNKNOWN = "–";

export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

/** 1204 → "1 204", 18.43 → "18.4", 0.021 → "0.02", 0.004 → "<0.01". */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.01) return value < 0 ? ">−0.01" : "<0.01";
  if (size < 10) return sign(value) + trimmed(size.toFixed(2));
  if (size < 100) return sign(value) + trimmed(size.toFixed(1));
  return sign(value) + grouped(Math.round(size));
}

/** A count as it is: 12345 → "12 345". */
export function formatCount(value: number): string {
  return sign(value) + grouped(Math.round(Math.abs(value)));
}

/** A count where space is short: 1 940 000 → "1.94 M". */
export function formatShortCount(value: number): string {
  const scale = [
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const;
  for (const [size, letter] of scale) {
    if (value < size) continue;
    const divisor = letter === "k" ? 1e3 : size;
    return `${formatNumber(value / divisor)}${NARROW_SPACE}${letter}`;
  }
  return formatCount(value);
}

/** Milliseconds for a column whose head says "ms". */
export const formatMs = (durationMs: number | null): string =>
  durationMs === null ? UNKNOWN : formatNumber(durationMs);

/** A duration in the unit that suits it: "0.42 ms", "268 ms", "1.2 s", "4.5 min". */
export function durationOf(durationMs: number): Quantity {
  if (durationMs > 0 && durationMs < 0.1) return { value: formatNumber(durationMs * 1000), unit: "µs" };
  if (durationMs < 1000) return { value: formatNumber(durationMs), unit: "ms" };
  if (durationMs < 120_000) return { value: formatNumber(durationMs / 1000), unit: "s" };
  if (durationMs < 7_200_000) return { value: formatNumber(durationMs / 60_000), unit: "min" };
  return { value: formatNumber(durationMs / 3_600_000), unit: "h" };
}

/** Powers of 1000, as disks and networks are sold. */
export function bytesOf(sizeBytes: number): Quantity {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = sizeBytes;
  let index = 0;
  while (value >= 1000 && index < units.length - 1) {
    value /= 1000;
    index++;
  }
  return { value: formatNumber(value), unit: units[index] ?? "B" };
}

/** A metric's value in its UCUM unit, as OpenTelemetry names units: By, s, ms, %, 1, {request}. */
export function metricQuantity(value: number, unit: string): Quantity {
  if (unit === "By") return bytesOf(value);
  if (unit === "ms") return durationOf(value);
  if (unit === "s") return durationOf(value * 1000);
  return { value: formatNumber(value), unit: unit === "1" ? "" : unit.replace(/^\{(.*)\}$/, "$1") };
}

export const joined = ({ value, unit }: Quantity): string => (unit === "" ? value : `${value} ${unit}`);
export const formatDuration = (durationMs: number): string => joined(durationOf(durationMs));
export const formatBytes = (sizeBytes: number): string => joined(bytesOf(sizeBytes));

/** A share of 0..1 in percent, without the sign: 0.0021 → "0.21". */
export const formatShare = (ratio: number | null): string =>
  ratio === null ? UNKNOWN : formatNumber(ratio * 100);

/** How long ago: "now", "12 s ago", "3 min ago", "5 h ago", "9 d ago". */
export function formatAge(ageMs: number): string {
  const seconds = Math.round(ageMs / 1000);
  if (seconds < 5) return "now";
  if (seconds < 100) return `${seconds} s ago`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

export type ClockPrecision = "minute" | "second" | "millisecond";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "14:20", "14:20:05" or "14:20:05.123". */
export function formatClock(
  timeMs: number,
  zone: "utc" | "local",
  precision: ClockPrecision = "minute",
): string {
  const date = new Date(timeMs);
  const [hours, minutes] =
    zone === "utc" ? [date.getUTCHours(), date.getUTCMinutes()] : [date.getHours(), date.getMinutes()];
  let text = `${two(hours)}:${two(minutes)}`;
  if (precision !== "minute") text += `:${two(date.getUTCSeconds())}`;
  if (precision === "millisecond") text += `.${String(date.getUTCMilliseconds()).padStart(3, "0")}`;
  return text;
}

/** "21 Nov". */
export function formatDay(timeMs: number, zone: "utc" | "local"): string {
  const date = new Date(timeMs);
  const [day, month] =
    zone === "utc" ? [date.getUTCDate(), date.getUTCMonth()] : [date.getDate(), date.getMonth()];
  return `${day} ${MONTHS[month]}`;
}

/** "21 Nov 14:20:05". */
export const formatMoment = (
  timeMs: number,
  zone: "utc" | "local",
  precision: ClockPrecision = "second",
): string => `${formatDay(timeMs, zone)} ${formatClock(timeMs, zone, precision)}`;

const two = (value: number): string => String(value).padStart(2, "0");
const sign = (value: number): string => (value < 0 ? "−" : "");
const trimmed = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
