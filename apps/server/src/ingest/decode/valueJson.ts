/** AnyValue as JSON. Values inside it are read over the same ValueReader, which ends on another value than it began. */
import type { ValueReader } from "./anyValue.ts";
import { integerText, type JsonText } from "./jsonText.ts";
import { ARRAY, BOOL, BYTES, DOUBLE, INT, NONE, STRING } from "./valueKinds.ts";

/** Appends the last value read; strings inside are cut at `limit` bytes. */
export function renderJson(value: ValueReader, to: JsonText, limit: number, depth: number): void {
  switch (value.kind) {
    case STRING:
      to.quoted(value.reader.bytes, value.start, value.end - value.start, limit);
      return;
    case BOOL:
      to.raw(value.lo === 0 ? "false" : "true");
      return;
    case INT:
      to.raw(integerText(value.lo, value.hi));
      return;
    case DOUBLE:
      // JSON has no NaN and no infinities: they become strings, as in proto3's own JSON.
      to.raw(Number.isFinite(value.double) ? String(value.double) : `"${value.double}"`);
      return;
    case BYTES:
      to.raw(`"${value.base64()}"`);
      return;
    case NONE:
      to.raw("null");
      return;
    default:
      if (depth >= value.limits.nestingMax) {
        value.isTooDeep = true;
        to.raw("null");
      } else if (value.kind === ARRAY) renderArray(value, to, limit, depth, value.end);
      else renderList(value, to, limit, depth, value.end);
  }
}

function renderArray(value: ValueReader, to: JsonText, limit: number, depth: number, end: number): void {
  const { reader } = value;
  reader.pos = value.start;
  let separator = "[";
  // What is past the limit is cut off anyway; without this a small body could become a huge text.
  while (reader.pos < end && to.length <= limit) {
    const tag = reader.tag(end);
    if (tag !== 0x0a) {
      reader.skip(tag, end);
      continue;
    }
    const valueEnd = reader.length(end);
    value.readValue(valueEnd);
    to.raw(separator);
    separator = ",";
    renderJson(value, to, limit, depth + 1);
    reader.pos = valueEnd;
  }
  to.raw(separator === "[" ? "[]" : "]");
}

function renderList(value: ValueReader, to: JsonText, limit: number, depth: number, end: number): void {
  const { reader } = value;
  reader.pos = value.start;
  let separator = "{";
  while (reader.pos < end && to.length <= limit) {
    const tag = reader.tag(end);
    if (tag !== 0x0a) {
      reader.skip(tag, end);
      continue;
    }
    const pairEnd = reader.length(end);
    to.raw(separator);
    separator = ",";
    renderPair(value, to, limit, depth, pairEnd);
    reader.pos = pairEnd;
  }
  to.raw(separator === "{" ? "{}" : "}");
}

function renderPair(value: ValueReader, to: JsonText, limit: number, depth: number, end: number): void {
  const { reader } = value;
  let keyAt = reader.pos;
  let keySize = 0;
  value.kind = NONE;
  while (reader.pos < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) {
      const keyEnd = reader.length(end);
      keyAt = reader.pos;
      keySize = keyEnd - keyAt;
      reader.pos = keyEnd;
    } else if (tag === 0x12) value.readValue(reader.length(end));
    else reader.skip(tag, end);
  }
  to.quoted(reader.bytes, keyAt, keySize, limit);
  to.raw(":");
  renderJson(value, to, limit, depth + 1);
}
