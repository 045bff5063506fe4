/** From a caller's value to what an engine takes: a checked plain value, and for the embedded engine a literal. */
import type { QueryParam } from "../store.ts";
import type { ParamType } from "./paramTypes.ts";
import { quoteName, quoteString } from "./sqlText.ts";

/** A value the engine reads as the type without loss. Times are UTC text. */
export type CheckedValue = string | number | bigint | boolean | readonly CheckedValue[];

/** Years that every time type of the engine can hold. */
const TIME_MS_MIN = Date.UTC(1970, 0, 1);
const TIME_MS_MAX = Date.UTC(2106, 0, 1);

/** @throws {TypeError} with one sentence when the value doesn't fit the type. */
export function checkValue(name: string, type: ParamType, value: QueryParam): CheckedValue {
  const refuse = (wanted: string): never => {
    throw new TypeError(`Parameter ${name} (${type.sql}) must be ${wanted}, not ${describe(value)}.`);
  };
  switch (type.kind) {
    case "array":
      if (!Array.isArray(value)) return refuse("an array");
      return value.map((item: string | number | bigint, i) => checkValue(`${name}[${i}]`, type.item, item));
    case "string":
      return typeof value === "string" ? value.toWellFormed() : refuse("a string");
    case "identifier":
      return typeof value === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
        ? value
        : refuse("a plain name of letters, digits and _");
    case "uuid":
      return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
        ? value
        : refuse("a UUID");
    case "fixed_string":
      return typeof value === "string" && Buffer.byteLength(value) <= type.bytes
        ? value.toWellFormed()
        : refuse(`a string of at most ${type.bytes} bytes`);
    case "bool":
      return typeof value === "boolean" ? value : refuse("true or false");
    case "float":
      return typeof value === "number" && Number.isFinite(value) ? value : refuse("a finite number");
    case "integer": {
      const whole = wholeNumber(value);
      if (whole === null || whole < type.min || whole > type.max)
        return refuse(`a whole number from ${type.min} to ${type.max}`);
      return whole;
    }
    case "date":
    case "datetime":
    case "datetime64":
      if (typeof value !== "number" || !(value >= TIME_MS_MIN && value <= TIME_MS_MAX))
        return refuse("a time in milliseconds since 1970");
      return timeText(value, type);
  }
}

/** SQL for the value. Safe to put into a statement: numbers are printed by us, text is escaped. */
export function literal(type: ParamType, value: CheckedValue): string {
  switch (type.kind) {
    case "string":
      return quoteString(String(value));
    case "identifier":
      return quoteName(String(value));
    case "array":
      return Array.isArray(value)
        ? `CAST([${value.map((item: CheckedValue) => literal(type.item, item)).join(", ")}] AS ${type.sql})`
        : `CAST([] AS ${type.sql})`;
    case "bool":
    case "float":
    case "integer":
      return `CAST(${value} AS ${type.sql})`;
    default:
      return `CAST(${quoteString(String(value))} AS ${type.sql})`;
  }
}

function wholeNumber(value: QueryParam): bigint | null {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null;
}

function timeText(ms: number, type: ParamType): string {
  const iso = new Date(Math.floor(ms)).toISOString();
  const date = iso.slice(0, 10);
  if (type.kind === "date") return date;
  const seconds = `${date} ${iso.slice(11, 19)}`;
  return type.kind === "datetime64" && type.digits > 0
    ? `${seconds}.${iso.slice(20, 23).padEnd(type.digits, "0").slice(0, type.digits)}`
    : seconds;
}

function describe(value: QueryParam): string {
  if (Array.isArray(value)) return "an array";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
