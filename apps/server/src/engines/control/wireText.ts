/**
 * Values on their way to and from PostgreSQL, as text. Both backends use exactly these functions and none of their
 * driver's own, because the drivers disagree (int8, bytea, date, interval, arrays handed to jsonb).
 */
import { parse as parseArray } from "postgres-array";
import { ControlError, type SqlValue } from "./store.ts";

/**
 * One parameter as text; PostgreSQL casts it to the placeholder's type. Arrays become PostgreSQL arrays, other
 * objects JSON: to store a JSON array, pass `JSON.stringify(array)`.
 * @throws {ControlError} for what has no SQL form (undefined, NaN in an array, an invalid date …).
 */
export function encodeParam(value: SqlValue): string | null {
  if (value === null) return null;
  switch (typeof value) {
    case "string":
      // PostgreSQL's text has no NUL; without this check the two backends fail differently.
      if (value.includes("\0")) throw new ControlError("A text value holds a NUL character.", "22021");
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return encodeObject(value);
    default:
      throw new ControlError(`A statement parameter is ${typeof value}: pass null for an absent value.`);
  }
}

function encodeObject(value: object): string {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ControlError("A statement parameter is an invalid date.");
    return value.toISOString();
  }
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
  if (Array.isArray(value)) return `{${value.map(encodeElement).join(",")}}`;
  return JSON.stringify(value);
}

function encodeElement(element: unknown): string {
  if (typeof element === "number" && Number.isFinite(element)) return String(element);
  if (typeof element === "string") return `"${element.replaceAll(/["\\]/g, "\\$&")}"`;
  throw new ControlError(
    "An array parameter may hold strings and numbers only: pass JSON as JSON.stringify(value).",
  );
}

/** Decoders by type OID (pg_type.dat); every other type, int8 and numeric among them, arrives as PostgreSQL's text. */
export const DECODERS: ReadonlyMap<number, (text: string) => unknown> = new Map<
  number,
  (text: string) => unknown
>([
  [16, decodeBoolean],
  [17, decodeBytes],
  [21, Number], // int2
  [23, Number], // int4
  [26, Number], // oid
  [700, Number], // float4
  [701, Number], // float8
  [114, JSON.parse],
  [3802, JSON.parse], // jsonb
  [1184, decodeTimestamp], // timestamptz
  [1000, arrayOf(decodeBoolean)],
  [1005, arrayOf(Number)],
  [1007, arrayOf(Number)],
  [1021, arrayOf(Number)],
  [1022, arrayOf(Number)],
  [1185, arrayOf(decodeTimestamp)],
  [199, arrayOf(JSON.parse)],
  [3807, arrayOf(JSON.parse)],
  // text, varchar, name, uuid, int8 and numeric arrays: elements stay text
  ...[1009, 1015, 1003, 2951, 1016, 1231].map((oid) => [oid, arrayOf((text: string) => text)] as const),
]);

export function decodeText(text: string): string {
  return text;
}

function arrayOf(decode: (text: string) => unknown) {
  return (text: string): unknown[] => parseArray(text, (element) => decode(element));
}

function decodeBoolean(text: string): boolean {
  return text === "t";
}

function decodeBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(2), "hex"));
}

/** The largest time a Date can hold stands for infinity, so that comparisons keep working. */
const INFINITE_MS = 8.64e15;

/** `2026-02-28 23:59:59.123456+05:41:16`: the offset has seconds for years before standard time. */
const TIMESTAMP = /^(\d{4,6})(-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

function decodeTimestamp(text: string): Date {
  if (text === "infinity") return new Date(INFINITE_MS);
  if (text === "-infinity") return new Date(-INFINITE_MS);
  const match = TIMESTAMP.exec(text);
  if (match === null) throw new ControlError(`PostgreSQL sent a time that can't be represented: ${text}`);
  const [, year = "", date, time, fraction = "", sign, hours = 0, minutes = 0, seconds = 0] = match;
  const isoYear = year.length === 4 ? year : `+${year.padStart(6, "0")}`;
  const localMs = Date.parse(`${isoYear}${date}T${time}${fraction.slice(0, 4)}Z`);
  const offsetMs = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return new Date(sign === "-" ? localMs + offsetMs : localMs - offsetMs);
}
