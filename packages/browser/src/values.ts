/** Values as the contract takes them: one that is too long or not a number would have the whole body refused. */

const DURATION_MS_MAX = 3_600_000;

export function clip(text: unknown, lengthMax = 256): string {
  return String(text).slice(0, lengthMax);
}

/** Four digits are enough for a shift, and more than a clock of a browser has. */
export function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

export function durationMs(value: number): number {
  return round(Math.min(Math.max(value, 0), DURATION_MS_MAX)) || 0;
}

/** Origin and path: queries and fragments hold what is nobody's business. Empty for what was not fetched: data:, blob:. */
export function address(url: string): string {
  const { origin, pathname, protocol } = new URL(url, location.href);
  return protocol.startsWith("http") ? clip(origin + pathname, 2048) : "";
}

/** Ids are told apart by them, nothing is protected. As OpenTelemetry's generator: crypto would cost a page more. */
export function randomHex(digits: number): string {
  let text = "";
  while (text.length < digits) text += Math.trunc(Math.random() * 16).toString(16);
  return text;
}
