/**
 * OTLP/JSON → the protobuf wire format, in one pass and without JavaScript values, so that both encodings share one
 * decoder and mean the same. Follows the OTLP rules: camelCase names, hexadecimal ids, integers as numbers or
 * strings, enums as numbers, unknown fields ignored. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { Signal } from "../types.ts";
import { ByteColumn } from "./byteColumn.ts";
import { hexDigit, JsonScanner, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./jsonScanner.ts";
import type { DecodeLimits } from "./limits.ts";
import { ANY_VALUE, REQUESTS, type Field, type Scalar, type Shape } from "./otlpFields.ts";
import { WireFault } from "./wireReader.ts";

const NULL = 0x6e;
const SHORT_LENGTH = 0x80;
/** Messages around the deepest AnyValue that the decoder renders; levels below are cut, and the item refused. */
const DEPTH_MAX = 128;

export class JsonToWire {
  readonly out = new ByteColumn(256 * 1024);
  private readonly scanner = new JsonScanner();
  private readonly scratch = new ByteColumn(4096);
  private readonly limits: DecodeLimits;
  /** The fields that enclose the current place, with the index of each in its array; for messages. */
  private readonly path: Field[] = [];
  private readonly indices = new Int32Array(DEPTH_MAX);
  private depth = 0;
  private valueDepth = 0;
  private lo = 0;
  private hi = 0;

  constructor(limits: DecodeLimits) {
    this.limits = limits;
  }

  /** Leaves the message in `out`. Throws WireFault, whose message says in which field. */
  convert(signal: Signal, body: Uint8Array): void {
    const { scanner } = this;
    this.out.length = 0;
    this.depth = 0;
    this.valueDepth = 0;
    scanner.load(body);
    try {
      if (scanner.peek() !== OPEN_OBJECT) throw scanner.fault(`${scanner.found()} where { should be`);
      this.message(REQUESTS[signal]);
      if (scanner.peek() >= 0) throw scanner.fault(`${scanner.found()} after the end of the request`);
    } catch (error) {
      if (error instanceof WireFault && this.depth > 0) {
        throw new WireFault(error.at, `${error.message} in ${this.pathText()}`);
      }
      throw error;
    }
  }

  private pathText(): string {
    return this.path
      .slice(0, this.depth)
      .map(({ name, isRepeated }, i) => (isRepeated ? `${name}[${this.indices[i]!}]` : name))
      .join(".");
  }

  private message(shape: Shape): void {
    const { scanner } = this;
    if (scanner.peek() !== OPEN_OBJECT) throw scanner.fault(`${scanner.found()} where an object should be`);
    scanner.pos++;
    for (let isFirst = true; scanner.nextKey(isFirst); isFirst = false) {
      const field = this.fieldOf(shape);
      if (field === undefined) scanner.skip();
      else if (scanner.peek() === NULL) scanner.literal("null");
      else this.field(field);
    }
  }

  private fieldOf(shape: Shape): Field | undefined {
    const { scanner } = this;
    if (scanner.hasEscapes) {
      const name = this.unescaped().toString("utf8");
      return shape.fields.find((field) => field.name === name);
    }
    const { text, start, end } = scanner;
    const size = end - start;
    search: for (const field of shape.fields) {
      const { nameBytes } = field;
      if (nameBytes.length !== size) continue;
      for (let i = 0; i < size; i++) if (nameBytes[i] !== text[start + i]) continue search;
      return field;
    }
    return undefined;
  }

  private field(field: Field): void {
    const { depth } = this;
    if (depth === DEPTH_MAX) throw this.scanner.fault("messages nested too deeply");
    this.path[depth] = field;
    this.indices[depth] = 0;
    this.depth = depth + 1;
    const { kind } = field;
    if (field.isRepeated) this.repeated(field);
    else if (typeof kind === "string") {
      this.tag(field.tag);
      this.scalar(kind);
    } else this.embedded(field.tag, kind);
    this.depth = depth;
  }

  private repeated(field: Field): void {
    const { scanner, depth } = this;
    const { kind } = field;
    if (scanner.peek() !== OPEN_ARRAY) throw scanner.fault(`${scanner.found()} where an array should be`);
    scanner.pos++;
    const isPacked = typeof kind === "string";
    const lengthAt = isPacked ? this.beginLength(field.tag) : 0;
    for (let index = 0; scanner.nextElement(index === 0); index++) {
      this.indices[depth - 1] = index;
      if (typeof kind !== "string") this.embedded(field.tag, kind);
      // One more than is allowed, so that the decoder sees it; the rest would only cost memory.
      else if (index <= this.limits.bucketsMax) this.scalar(kind);
      else scanner.skip();
    }
    if (isPacked) this.endLength(lengthAt);
  }

  private embedded(tag: number, shape: Shape): void {
    const lengthAt = this.beginLength(tag);
    if (shape === ANY_VALUE) {
      // Two levels more than are rendered: enough for the decoder to see that the value is too deep.
      if (++this.valueDepth > this.limits.nestingMax + 2) this.scanner.skip();
      else this.message(shape);
      this.valueDepth--;
    } else this.message(shape);
    this.endLength(lengthAt);
  }

  private tag(tag: number): void {
    this.out.reserve(16);
    this.out.appendVarint(tag);
  }

  /** Leaves one byte for a length; most fit. Returns where it is. */
  private beginLength(tag: number): number {
    this.tag(tag);
    return this.out.length++;
  }

  private endLength(at: number): void {
    const { out } = this;
    const size = out.length - at - 1;
    if (size < SHORT_LENGTH) {
      out.bytes[at] = size;
      return;
    }
    let extra = 0;
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) extra++;
    out.reserve(extra);
    out.bytes.copyWithin(at + 1 + extra, at + 1, at + 1 + size);
    out.length = at;
    out.appendVarint(size);
    out.length += size;
  }

  private scalar(kind: Scalar): void {
    switch (kind) {
      case "string":
        this.string();
        return;
      case "bytes":
        this.base64();
        return;
      case "id":
        this.id();
        return;
      case "bool":
        this.bool();
        return;
      case "double":
        this.double();
        return;
      default:
        this.integer();
        this.writeInteger(kind);
    }
  }

  private writeInteger(kind: Scalar): void {
    const { out, lo, hi } = this;
    out.reserve(16);
    switch (kind) {
      case "fixed64":
      case "sfixed64":
        out.view.setInt32(out.length, lo, true);
        out.view.setInt32(out.length + 4, hi, true);
        out.length += 8;
        return;
      case "fixed32":
        out.view.setInt32(out.length, lo, true);
        out.length += 4;
        return;
      case "sint32":
        out.appendVarint(((lo << 1) ^ (lo >> 31)) >>> 0);
        return;
      case "uint32":
        out.appendVarint(lo >>> 0);
        return;
      default:
        this.varint64(lo, hi);
    }
  }

  private varint64(low: number, high: number): void {
    const { out } = this;
    let lo = low;
    let hi = high;
    while (hi !== 0 || lo >>> 0 >= 0x80) {
      out.bytes[out.length++] = (lo & 0x7f) | 0x80;
      lo = (lo >>> 7) | (hi << 25);
      hi >>>= 7;
    }
    out.bytes[out.length++] = lo;
  }

  /** Reads an integer, as a number or a string, into `lo` and `hi`. */
  private integer(): void {
    const { scanner } = this;
    if (scanner.peek() === QUOTE) scanner.string();
    else scanner.number();
    const { text, start, end } = scanner;
    const isNegative = text[start] === 0x2d;
    let lo = 0;
    let hi = 0;
    for (let pos = isNegative ? start + 1 : start; pos < end; pos++) {
      const digit = text[pos]! - 0x30;
      if (digit < 0 || digit > 9) {
        this.oddInteger();
        return;
      }
      lo = lo * 10 + digit;
      const carry = Math.floor(lo / 4_294_967_296);
      lo %= 4_294_967_296;
      hi = hi * 10 + carry;
      if (hi > 0xffffffff) throw scanner.fault("a number of more than 64 bits", start);
    }
    if (end === start || (isNegative && end === start + 1)) throw scanner.fault("an empty number", start);
    this.lo = lo | 0;
    this.hi = hi | 0;
    if (isNegative) {
      this.lo = -lo | 0;
      this.hi = lo === 0 ? -hi | 0 : ~hi;
    }
  }

  /** Integers may be written like 1.0 or 1e3. */
  private oddInteger(): void {
    const { scanner } = this;
    const value = Number(this.ascii() || "x");
    if (!Number.isSafeInteger(value))
      throw scanner.fault("something else where an integer should be", scanner.start);
    const big = BigInt(value);
    this.lo = Number(BigInt.asIntN(32, big));
    this.hi = Number(BigInt.asIntN(32, big >> 32n));
  }

  private ascii(): string {
    const { text, start, end } = this.scanner;
    return Buffer.from(text.buffer, text.byteOffset + start, end - start).toString("latin1");
  }

  /** A number, or one of its names as a string: "NaN", "Infinity", "-Infinity". */
  private double(): void {
    const { scanner, out } = this;
    const isText = scanner.peek() === QUOTE;
    if (isText) scanner.string();
    else scanner.number();
    const text = this.ascii().trim();
    const value = Number(text === "" ? "x" : text);
    if (Number.isNaN(value) && text !== "NaN") {
      throw scanner.fault("something else where a number should be", scanner.start);
    }
    out.reserve(8);
    out.view.setFloat64(out.length, value, true);
    out.length += 8;
  }

  private bool(): void {
    const { scanner, out } = this;
    const isTrue = scanner.peek() === 0x74;
    scanner.literal(isTrue ? "true" : "false");
    out.reserve(1);
    out.bytes[out.length++] = isTrue ? 1 : 0;
  }

  private string(): void {
    const { scanner, out } = this;
    scanner.string();
    if (scanner.hasEscapes) {
      const text = this.unescaped();
      out.reserve(text.length);
      out.appendVarint(text.length);
      out.bytes.set(text, out.length);
      out.length += text.length;
      return;
    }
    const { text, start, end } = scanner;
    const size = end - start;
    out.reserve(size);
    out.appendVarint(size);
    const { bytes } = out;
    let at = out.length;
    if (size > 64) {
      bytes.set(text.subarray(start, end), at);
      at += size;
    } else for (let i = start; i < end; i++) bytes[at++] = text[i]!;
    out.length = at;
  }

  /** Hexadecimal, in either case. Anything else becomes an id of a wrong length, which the decoder refuses by item. */
  private id(): void {
    const { scanner, out } = this;
    scanner.string();
    const { text, start, end } = scanner;
    const size = (end - start) >> 1;
    out.reserve(size + 16);
    const lengthAt = out.length;
    out.appendVarint(size);
    for (let pos = start; pos < end; pos += 2) {
      const high = hexDigit(text[pos]!);
      const low = pos + 1 < end ? hexDigit(text[pos + 1]!) : -1;
      if (high < 0 || low < 0) {
        out.length = lengthAt;
        out.bytes[out.length++] = 1;
        out.bytes[out.length++] = 0;
        return;
      }
      out.bytes[out.length++] = (high << 4) | low;
    }
  }

  private base64(): void {
    this.scanner.string();
    const bytes = Buffer.from(this.unescaped().toString("latin1"), "base64");
    this.out.reserve(bytes.length);
    this.out.appendVarint(bytes.length);
    this.out.bytes.set(bytes, this.out.length);
    this.out.length += bytes.length;
  }

  /** The last string with its escapes resolved; half a surrogate pair becomes U+FFFD. */
  private unescaped(): Buffer {
    const { scratch } = this;
    const { text, start, end } = this.scanner;
    scratch.length = 0;
    scratch.reserve(end - start);
    const { bytes } = scratch;
    let at = 0;
    for (let pos = start; pos < end; pos++) {
      const byte = text[pos]!;
      if (byte !== 0x5c) {
        bytes[at++] = byte;
        continue;
      }
      const escape = text[++pos]!;
      if (escape !== 0x75) {
        bytes[at++] = SIMPLE_ESCAPES[escape]!;
        continue;
      }
      let code = hex4(text, pos + 1);
      pos += 4;
      if (code >= 0xd800 && code < 0xdc00 && text[pos + 1] === 0x5c && text[pos + 2] === 0x75) {
        const low = hex4(text, pos + 3);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          pos += 6;
        }
      }
      at = writeUtf8(bytes, at, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    }
    return Buffer.from(bytes.buffer, 0, at);
  }
}

const SIMPLE_ESCAPES: Readonly<Record<number, number>> = {
  0x22: 0x22,
  0x5c: 0x5c,
  0x2f: 0x2f,
  0x62: 0x08,
  0x66: 0x0c,
  0x6e: 0x0a,
  0x72: 0x0d,
  0x74: 0x09,
};

function hex4(text: Uint8Array, pos: number): number {
  let code = 0;
  for (let i = 0; i < 4; i++) code = (code << 4) | hexDigit(text[pos + i]!);
  return code;
}

function writeUtf8(out: Uint8Array, from: number, code: number): number {
  let at = from;
  if (code < 0x80) out[at++] = code;
  else if (code < 0x800) {
    out[at++] = 0xc0 | (code >> 6);
    out[at++] = 0x80 | (code & 0x3f);
  } else if (code < 0x10000) {
    out[at++] = 0xe0 | (code >> 12);
    out[at++] = 0x80 | ((code >> 6) & 0x3f);
    out[at++] = 0x80 | (code & 0x3f);
  } else {
    out[at++] = 0xf0 | (code >> 18);
    out[at++] = 0x80 | ((code >> 12) & 0x3f);
    out[at++] = 0x80 | ((code >> 6) & 0x3f);
    out[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}
