/** The types a `{name:Type}` placeholder may have. Everything else is refused, so a type can't smuggle SQL. */

export type ParamType =
  | {
      readonly kind: "string" | "identifier" | "uuid" | "bool" | "float" | "date" | "datetime";
      readonly sql: string;
    }
  | { readonly kind: "integer"; readonly sql: string; readonly min: bigint; readonly max: bigint }
  | { readonly kind: "datetime64"; readonly sql: string; readonly digits: number }
  | { readonly kind: "fixed_string"; readonly sql: string; readonly bytes: number }
  | { readonly kind: "array"; readonly sql: string; readonly item: ParamType };

const PLAIN: Readonly<Record<string, "string" | "identifier" | "uuid" | "bool" | "float" | "date">> = {
  String: "string",
  Identifier: "identifier",
  UUID: "uuid",
  Bool: "bool",
  Float32: "float",
  Float64: "float",
  Date: "date",
};

/** @throws {SyntaxError} for a type outside the list above. */
export function parseParamType(text: string): ParamType {
  const sql = text.trim();
  const plain = Object.hasOwn(PLAIN, sql) ? PLAIN[sql] : undefined;
  if (plain !== undefined) return { kind: plain, sql };

  const integer = /^(U?)Int(8|16|32|64)$/.exec(sql);
  if (integer) {
    const bits = BigInt(integer[2]!);
    return integer[1] === "U"
      ? { kind: "integer", sql, min: 0n, max: (1n << bits) - 1n }
      : { kind: "integer", sql, min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n };
  }
  const fixed = /^FixedString\((\d{1,4})\)$/.exec(sql);
  if (fixed) return { kind: "fixed_string", sql, bytes: Number(fixed[1]) };
  // Times are sent as UTC text, so no other zone may read them.
  if (/^DateTime(?:\('UTC'\))?$/.test(sql)) return { kind: "datetime", sql };
  const datetime64 = /^DateTime64\(([0-9])(?:, ?'UTC')?\)$/.exec(sql);
  if (datetime64) return { kind: "datetime64", sql, digits: Number(datetime64[1]) };
  const lowCardinality = /^LowCardinality\((.+)\)$/.exec(sql);
  if (lowCardinality) {
    const inner = parseParamType(lowCardinality[1]!);
    if (inner.kind === "string") return { kind: "string", sql: inner.sql };
  }
  const array = /^Array\((.+)\)$/.exec(sql);
  if (array) {
    const item = parseParamType(array[1]!);
    if (item.kind !== "array" && item.kind !== "identifier")
      return { kind: "array", sql: `Array(${item.sql})`, item };
  }
  throw new SyntaxError(`Parameters of type ${sql} are not supported.`);
}
