/**
 * How many spans a sampled one stands for, from `ot=th:` of its `tracestate`: a sampler that rejects the first T of 2^56
 * trace ids leaves one span for 2^56 / (2^56 - T).
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th
 */

/**
 * The most a span may stand for. What a sender writes there is its word only, and one span must not pretend to be 2^56; one
 * in ten thousand is the lowest share that samplers are set to in practice. A stricter sampler is counted as this one.
 */
export const WEIGHT_MAX = 10_000;

const SPACE = 2 ** 56;
const DIGITS_MAX = 14;
const [COMMA, SEMICOLON, SPACE_BYTE, TAB] = [0x2c, 0x3b, 0x20, 0x09];
/** `ot=` and `th:`. */
const [O, T, H, EQUALS, COLON] = [0x6f, 0x74, 0x68, 0x3d, 0x3a];

/**
 * Weight of a span: a whole number from 1 to WEIGHT_MAX, so that rollups stay sums of whole numbers. A weight of 3.3 is 3 for
 * most traces and 4 for the others, as their ids fall, so that sums come out right and all spans of a trace alike.
 *
 * @param at where its `tracestate` lies in `bytes`, and how long it is
 * @param chance 32 bits of the trace id
 * @returns 1 without a threshold or with a malformed one
 */
export function spanWeight(bytes: Uint8Array, at: number, size: number, chance: number): number {
  if (size === 0) return 1;
  const threshold = thresholdOf(bytes, at, at + size);
  if (threshold <= 0) return 1;
  const exact = Math.min(SPACE / (SPACE - threshold), WEIGHT_MAX);
  const whole = Math.floor(exact);
  return scramble(chance) >>> 0 < (exact - whole) * 2 ** 32 ? whole + 1 : whole;
}

/** The value of the first member `ot`; -1 without one that is understood. */
function thresholdOf(bytes: Uint8Array, from: number, end: number): number {
  let pos = from;
  while (pos < end) {
    while (pos < end && (bytes[pos] === SPACE_BYTE || bytes[pos] === TAB)) pos++;
    const memberEnd = endOf(bytes, COMMA, pos, end);
    if (pos + 3 <= memberEnd && bytes[pos] === O && bytes[pos + 1] === T && bytes[pos + 2] === EQUALS)
      return thresholdIn(bytes, pos + 3, memberEnd);
    pos = memberEnd + 1;
  }
  return -1;
}

/** Of `th:4;rv:…`, the part behind `ot=`. */
function thresholdIn(bytes: Uint8Array, from: number, end: number): number {
  let pos = from;
  while (pos < end) {
    const partEnd = endOf(bytes, SEMICOLON, pos, end);
    if (partEnd - pos >= 3 && bytes[pos] === T && bytes[pos + 1] === H && bytes[pos + 2] === COLON)
      return hexadecimal(bytes, pos + 3, partEnd);
    pos = partEnd + 1;
  }
  return -1;
}

/** Where the part that begins at `from` ends. Not indexOf(): that would look through all of the request behind it. */
function endOf(bytes: Uint8Array, separator: number, from: number, end: number): number {
  let pos = from;
  while (pos < end && bytes[pos] !== separator) pos++;
  return pos;
}

/** 1 to 14 lower-case digits, to which the zeros at the end were not written. Spaces may follow a member. */
function hexadecimal(bytes: Uint8Array, from: number, partEnd: number): number {
  let end = partEnd;
  while (end > from && (bytes[end - 1] === SPACE_BYTE || bytes[end - 1] === TAB)) end--;
  if (end === from || end - from > DIGITS_MAX) return -1;
  let value = 0;
  for (let i = from; i < end; i++) {
    const byte = bytes[i]!;
    const digit =
      byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value * 16 ** (DIGITS_MAX - (end - from));
}

/** Spreads bits evenly, also of ids that count up: the finaliser of MurmurHash3 (Appleby, public domain). */
function scramble(word: number): number {
  let hash = word ^ (word >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
