/**
 * OTLP's AnyValue and KeyValue, read into fields instead of objects, and their rendering as text.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto
 */
import type { ByteColumn } from "./byteColumn.ts";
import type { Interner } from "./interner.ts";
import { integerText, JsonText } from "./jsonText.ts";
import type { DecodeLimits } from "./limits.ts";
import { ARRAY, BOOL, BYTES, DOUBLE, INT, KVLIST, NONE, STRING } from "./valueKinds.ts";
import { renderJson } from "./valueJson.ts";
import type { WireReader } from "./wireReader.ts";

/** Reads one value at a time; what it says holds until the next read. */
export class ValueReader {
  readonly reader: WireReader;
  readonly interner: Interner;
  readonly limits: DecodeLimits;
  readonly nested = new JsonText();
  /** Number of the key of the last KeyValue. */
  key = 0;
  kind = NONE;
  /** Where the text, bytes, array or list lies. */
  start = 0;
  end = 0;
  /** Halves of an integer; `lo` of a boolean. */
  lo = 0;
  hi = 0;
  double = 0;
  /** Set when a value was nested too deeply to be rendered; whoever refuses the item resets it. */
  isTooDeep = false;

  constructor(reader: WireReader, interner: Interner, limits: DecodeLimits) {
    this.reader = reader;
    this.interner = interner;
    this.limits = limits;
  }

  /** Reads a string field as an interned string, cut at `limit` bytes. */
  internString(end: number, limit: number): number {
    const { reader } = this;
    const textEnd = reader.length(end);
    const id = this.interner.internLimited(reader.view, reader.pos, textEnd - reader.pos, limit);
    reader.pos = textEnd;
    return id;
  }

  /** Reads a KeyValue message that ends at `end`. */
  readKeyValue(end: number): void {
    const { reader } = this;
    const { bytes } = reader;
    const pos = reader.pos;
    // Nearly every attribute is key, value, both shorter than 128 bytes: one check instead of a loop.
    const keySize = bytes[pos + 1]!;
    const valueAt = pos + 2 + keySize;
    if (bytes[pos] === 0x0a && keySize < 0x80 && valueAt + 2 <= end && bytes[valueAt] === 0x12) {
      const valueSize = bytes[valueAt + 1]!;
      if (
        valueSize < 0x80 &&
        valueAt + 2 + valueSize === end &&
        keySize <= this.limits.attributeKeyBytesMax
      ) {
        this.key = this.usualKey(pos + 2, keySize);
        const inner = valueAt + 2;
        if (valueSize >= 2 && bytes[inner] === 0x0a && bytes[inner + 1]! + 2 === valueSize) {
          this.kind = STRING;
          this.start = inner + 2;
          this.end = end;
          reader.pos = end;
          return;
        }
        reader.pos = inner;
        this.readValue(end);
        return;
      }
    }
    this.key = 0;
    this.kind = NONE;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) {
        const keyEnd = reader.length(end);
        this.key = this.interner.internLimited(
          reader.view,
          reader.pos,
          keyEnd - reader.pos,
          this.limits.attributeKeyBytesMax,
        );
        reader.pos = keyEnd;
      } else if (tag === 0x12) this.readValue(reader.length(end));
      else reader.skip(tag, end);
    }
  }

  /** Spans list the same keys in the same order: the key that followed last time is compared before it is looked up. */
  private usualKey(pos: number, size: number): number {
    const { interner, reader } = this;
    const guess = interner.successors[this.key]!;
    if (interner.is(guess, reader.view, pos, size)) return guess;
    const key = interner.intern(reader.view, pos, size);
    interner.successors[this.key] = key;
    return key;
  }

  /** Reads an AnyValue message that ends at `end`; the last of several values counts, as in every protobuf oneof. */
  readValue(end: number): void {
    const { reader } = this;
    this.kind = NONE;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x0a:
          this.range(STRING, end);
          break;
        case 0x10:
          this.lo = reader.varint32(end) === 0 ? 0 : 1;
          this.kind = BOOL;
          break;
        case 0x18:
          reader.varint64(end);
          this.lo = reader.lo;
          this.hi = reader.hi;
          this.kind = INT;
          break;
        case 0x21:
          this.double = reader.double(end);
          this.kind = DOUBLE;
          break;
        case 0x2a:
          this.range(ARRAY, end);
          break;
        case 0x32:
          this.range(KVLIST, end);
          break;
        case 0x3a:
          this.range(BYTES, end);
          break;
        default:
          reader.skip(tag, end);
      }
    }
  }

  private range(kind: number, end: number): void {
    this.end = this.reader.length(end);
    this.start = this.reader.pos;
    this.kind = kind;
    this.reader.pos = this.end;
  }

  /** Appends the last value as text, with its length before it: strings as they are, arrays and lists as JSON. */
  appendTo(out: ByteColumn, limit: number): void {
    const { reader } = this;
    switch (this.kind) {
      case STRING:
        out.appendLimited(reader.bytes, reader.view, this.start, this.end - this.start, limit);
        return;
      case INT:
        if (this.hi === this.lo >> 31) out.appendInteger(this.lo);
        else out.appendAscii(integerText(this.lo, this.hi));
        return;
      case BOOL:
        out.appendAscii(this.lo === 0 ? "false" : "true");
        return;
      case DOUBLE:
        out.appendAscii(String(this.double));
        return;
      case BYTES:
        this.nested.clear();
        this.nested.raw(this.scalarText());
        out.appendText(this.nested.contentLimited(limit));
        return;
      case NONE:
        out.appendEmpty();
        return;
      default:
        this.nested.clear();
        this.json(this.nested, limit);
        out.appendText(this.nested.contentLimited(limit));
    }
  }

  /** Appends the last value's text as a JSON string: what appendTo() would store, in quotes. */
  quotedText(to: JsonText, limit: number): void {
    if (this.kind === STRING) {
      to.quoted(this.reader.bytes, this.start, this.end - this.start, limit);
    } else if (this.kind === ARRAY || this.kind === KVLIST) {
      this.nested.clear();
      this.json(this.nested, limit);
      to.quoted(this.nested.bytes, 0, this.nested.length, limit);
    } else to.quotedAscii(this.scalarText(), limit);
  }

  /** Text of the last value when it is no string, array or list. */
  private scalarText(): string {
    if (this.kind === INT) return integerText(this.lo, this.hi);
    if (this.kind === BOOL) return this.lo === 0 ? "false" : "true";
    if (this.kind === DOUBLE) return String(this.double);
    return this.kind === BYTES ? this.base64() : "";
  }

  /** The last value as JavaScript text; for rare values that are worked on. */
  text(limit: number): string {
    if (this.kind === STRING) {
      const size = Math.min(this.end - this.start, limit);
      return Buffer.from(this.reader.bytes.buffer, this.start, size).toString("utf8");
    }
    this.nested.clear();
    this.json(this.nested, limit);
    return Buffer.from(this.nested.contentLimited(limit)).toString("utf8");
  }

  /** Appends the last value as JSON; a string inside is cut at `limit` bytes. */
  json(to: JsonText, limit: number): void {
    const at = this.reader.pos;
    renderJson(this, to, limit, 0);
    this.reader.pos = at;
  }

  /** Encodes no more than could be shown: what is cut off is cut off anyway. */
  base64(): string {
    const size = Math.min(this.end - this.start, this.limits.logBodyBytesMax);
    return Buffer.from(this.reader.bytes.buffer, this.start, size).toString("base64");
  }
}
