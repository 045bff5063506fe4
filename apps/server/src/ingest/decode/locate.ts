/** Where in a request a byte lies, in words: walked only for the message of a refusal. */
import type { Field, Shape } from "./otlpFields.ts";
import { WireFault, type WireReader } from "./wireReader.ts";

const DEPTH_MAX = 64;

/** `resourceSpans[0].scopeSpans[0].spans[3].name`: the innermost known field around byte `at`; empty if there is none. */
export function locate(reader: WireReader, shape: Shape, at: number): string {
  const parts: string[] = [];
  let fields: readonly Field[] = shape.fields;
  let start = 0;
  let end = reader.size;
  while (parts.length < DEPTH_MAX) {
    const found = fieldAround(reader, fields, start, end, at);
    if (found === undefined) break;
    const { field, index } = found;
    parts.push(field.isRepeated ? `${field.name}[${index}]` : field.name);
    if (typeof field.kind === "string") break;
    fields = field.kind.fields;
    start = found.start;
    end = found.end;
  }
  return parts.join(".");
}

interface Found {
  readonly field: Field;
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

function fieldAround(
  reader: WireReader,
  fields: readonly Field[],
  start: number,
  end: number,
  at: number,
): Found | undefined {
  const seen = new Map<Field, number>();
  reader.pos = start;
  let current: Found | undefined;
  try {
    while (reader.pos < end && reader.pos <= at) {
      const tag = reader.tag(end);
      const field = fields.find((each) => each.number === tag >>> 3);
      const index = field === undefined ? 0 : (seen.get(field) ?? 0);
      if (field !== undefined) seen.set(field, index + 1);
      current = undefined;
      if (field !== undefined) current = { field, index, start: reader.pos, end };
      if ((tag & 7) === 2) {
        const fieldEnd = reader.length(end);
        if (field !== undefined) current = { field, index, start: reader.pos, end: fieldEnd };
        reader.pos = fieldEnd;
      } else reader.skip(tag, end);
    }
  } catch (error) {
    // The walk ends where the decoder ended; what was found until then is the answer.
    if (!(error instanceof WireFault)) throw error;
  }
  return current;
}
