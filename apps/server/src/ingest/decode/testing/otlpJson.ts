/** The same messages as OTLP/JSON: hexadecimal ids, base64 bytes, named non-finite numbers. */
const ID_FIELDS = new Set(["traceId", "spanId", "parentSpanId"]);

/** With `random`, the fields of every object are shuffled: JSON promises no order. */
export function otlpJson(message: object, random?: () => number): Buffer {
  return Buffer.from(JSON.stringify(jsonValue(message, "", random)));
}

function jsonValue(value: unknown, key: string, random: (() => number) | undefined): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString(ID_FIELDS.has(key) ? "hex" : "base64");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map((each) => jsonValue(each, key, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, jsonValue(each, name, random)] as const);
  return Object.fromEntries(random === undefined ? entries : entries.toSorted(() => random() - 0.5));
}
