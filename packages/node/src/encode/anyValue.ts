/**
 * Attributes as protobuf's KeyValue and AnyValue, field numbers of
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto
 */
import { BYTES, ByteWriter, FIXED64, SHORT_TEXT, VARINT } from "./byteWriter.ts";

const TAG = {
  key: (1 << 3) | BYTES,
  value: (2 << 3) | BYTES,
  string: (1 << 3) | BYTES,
  bool: (2 << 3) | VARINT,
  int: (3 << 3) | VARINT,
  double: (4 << 3) | FIXED64,
  array: (5 << 3) | BYTES,
  list: (6 << 3) | BYTES,
  bytes: (7 << 3) | BYTES,
  member: (1 << 3) | BYTES,
} as const;

const KEYS_REMEMBERED = 2000;
/** What is nested deeper is left out: a value that holds itself must not hold us. */
const DEPTH_LIMIT = 8;
/** Tags and lengths of one attribute, and a number. */
const OVERHEAD = 40;

/** Keys come again and again: each is written once, with tag and length, and copied from then on. */
const keys = new Map<string, Uint8Array>();

function encodedKey(key: string): Uint8Array {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const out = new ByteWriter();
  out.byte(TAG.key);
  out.text(key);
  const encoded = Uint8Array.from(out.take());
  if (keys.size >= KEYS_REMEMBERED) keys.clear();
  keys.set(key, encoded);
  return encoded;
}

/** Writes each pair under the given tag of the message that holds them. `undefined` and functions are left out. */
export function writeAttributes(out: ByteWriter, tag: number, attributes: object, depth = 0): void {
  for (const key in attributes) {
    if (!Object.hasOwn(attributes, key)) continue;
    const value: unknown = (attributes as Record<string, unknown>)[key];
    if (value === undefined || value === null || typeof value === "function") continue;
    writePair(out, tag, encodedKey(key), value, depth);
  }
}

function writePair(out: ByteWriter, tag: number, key: Uint8Array, value: unknown, depth: number): void {
  out.reserve(key.length + OVERHEAD);
  const start = out.size;
  if (typeof value === "string") {
    if (value.length <= SHORT_TEXT && writeShort(out, tag, key, value)) return;
    out.size = start;
  } else if (typeof value === "boolean" || (typeof value === "number" && isSmall(value))) {
    writeSmall(out, tag, key, value);
    return;
  }
  out.byte(tag);
  const pair = out.open();
  out.small(key);
  out.byte(TAG.value);
  const member = out.open();
  writeAnyValue(out, value, depth);
  out.close(member);
  out.close(pair);
}

/** The commonest attribute, a short text in ASCII: all lengths are known, nothing moves. False when it is something else. */
function writeShort(out: ByteWriter, tag: number, key: Uint8Array, text: string): boolean {
  const { length } = text;
  const pairLength = key.length + length + 4;
  if (pairLength >= 0x80) return false;
  out.reserve(pairLength + 2);
  out.byte(tag);
  out.byte(pairLength);
  out.small(key);
  out.byte(TAG.value);
  out.byte(length + 2);
  out.byte(TAG.string);
  return out.shortAscii(text, length);
}

/** A number of one or two bytes, or a boolean. */
function writeSmall(out: ByteWriter, tag: number, key: Uint8Array, value: number | boolean): void {
  const number = Number(value);
  const valueLength = number < 0x80 ? 2 : number < 0x4000 ? 3 : 4;
  out.byte(tag);
  out.varint(key.length + 2 + valueLength);
  out.small(key);
  out.byte(TAG.value);
  out.byte(valueLength);
  out.byte(typeof value === "boolean" ? TAG.bool : TAG.int);
  out.varint(number);
}

function isSmall(value: number): boolean {
  return value >= 0 && value < 0x200000 && Number.isInteger(value);
}

function writeAnyValue(out: ByteWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      out.byte(TAG.string);
      out.text(value);
      return;
    case "boolean":
      out.byte(TAG.bool);
      out.byte(value ? 1 : 0);
      return;
    case "number":
      writeNumber(out, value);
      return;
    case "bigint":
      out.byte(TAG.string);
      out.text(String(value));
      return;
    case "object":
      if (value !== null && depth < DEPTH_LIMIT) writeObject(out, value, depth + 1);
      return;
    default:
  }
}

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value)) {
    out.byte(TAG.int);
    out.int64(value);
  } else {
    out.byte(TAG.double);
    out.double(value);
  }
}

function writeObject(out: ByteWriter, value: object, depth: number): void {
  if (value instanceof Uint8Array) {
    out.byte(TAG.bytes);
    out.reserve(value.length + OVERHEAD);
    out.varint(value.length);
    out.raw(value);
    return;
  }
  out.byte(Array.isArray(value) ? TAG.array : TAG.list);
  const start = out.open();
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      out.reserve(OVERHEAD);
      out.byte(TAG.member);
      const member = out.open();
      writeAnyValue(out, item, depth);
      out.close(member);
    }
  } else {
    writeAttributes(out, TAG.member, value, depth);
  }
  out.close(start);
}
