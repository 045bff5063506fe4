/** A JSON Schema in a few words, as a person reads it: `string`, `"a" | "b"`, `{ name: string; … }[]`. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly default?: unknown;
}

const NESTED_MAX = 6;

export function typeText(schema: JsonSchema, depth = 0): string {
  if (schema.$ref !== undefined) return refName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map((each) => typeText(each, depth)).join(" | ");
  if (schema.type === "array") {
    const inner = typeText(schema.items ?? {}, depth);
    return inner.includes(" | ") ? `(${inner})[]` : `${inner}[]`;
  }
  if (schema.properties !== undefined) return objectText(schema, depth);
  if (typeof schema.additionalProperties === "object")
    return `{ [name]: ${typeText(schema.additionalProperties, depth + 1)} }`;
  return [schema.type ?? "any"].flat().join(" | ");
}

function objectText({ properties = {}, required = [] }: JsonSchema, depth: number): string {
  if (depth > NESTED_MAX) return "{ … }";
  const pad = "  ".repeat(depth + 1);
  const lines = Object.entries(properties).map(
    ([name, each]) => `${pad}${name}${required.includes(name) ? "" : "?"}: ${typeText(each, depth + 1)}`,
  );
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
}

export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}
