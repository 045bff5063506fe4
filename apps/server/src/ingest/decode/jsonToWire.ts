/**
 * OTLP/JSON → the protobuf wire format, in one pass and without JavaScript values, so that both encodings share one
 * decoder and mean the same. Follows the OTLP rules: camelCase names, hexadecimal ids, integers as numbers or
 * strings, enums as numbers, unknown fields ignored. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { OtlpSignal } from "../types.ts";
import { ByteColumn } from "./byteColumn.ts";
import { JsonInteger } from "./jsonInteger.ts";
import { hexDigit, JsonScanner, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./jsonScanner.ts";
import { JsonUnescape } from "./jsonUnescape.ts";
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
  private readonly integer = new JsonInteger();
  private readonly unescape = new JsonUnescape();
  private readonly limits: DecodeLimits;
  /** The fields that enclose the current place, with the index of each in its array; for messages. */
  private readonly path: Field[] = [];
  private readonly indices = new Int32Array(DEPTH_MAX);
  private depth = 0;
  private valueDepth = 0;

  constructor(limits: DecodeLimits) {
    this.limits = limits;
  }

  /** Leaves the message in `out`. Throws WireFault, whose message says in which field. */
  convert(signal: OtlpSignal, body: Uint8Array): void {
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
    let next = 0;
    for (let isFirst = true; scanner.nextKey(isFirst); isFirst = false) {
      const index = this.fieldIndex(shape, next);
      const field = shape.fields[index];
      next = index + 1;
      if (field === undefined) scanner.skip();
      else if (scanner.peek() === NULL) scanner.literal("null");
      else this.field(field);
    }
  }

  /** Index of the field the scanner's last string names; that of no field if it is unknown. Begins with `first`. */
  private fieldIndex(shape: Shape, first: number): number {
    const { scanner } = this;
    const { fields } = shape;
    if (scanner.hasEscapes) {
      const name = this.unescape.last(scanner).toString("utf8");
      const found = fields.findIndex((field) => field.name === name);
      return found < 0 ? fields.length : found;
    }
    for (let i = first; i < fields.length; i++) if (this.isNamed(fields[i]!)) return i;
    for (let i = 0; i < first; i++) if (i < fields.length && this.isNamed(fields[i]!)) return i;
    return fields.length;
  }

  private isNamed({ nameBytes }: Field): boolean {
    const { text, start, end } = this.scanner;
    const size = nameBytes.length;
    if (end - start !== size) return false;
    for (let i = 0; i < size; i++) if (nameBytes[i] !== text[start + i]) return false;
    return true;
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
        this.integer.read(this.scanner);
        this.writeInteger(kind);
    }
  }

  private writeInteger(kind: Scalar): void {
    const { out } = this;
    const { lo, hi } = this.integer;
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

  /** A number, or one of its names as a string: "NaN", "Infinity", "-Infinity". */
  private double(): void {
    const { scanner, out } = this;
    const isText = scanner.peek() === QUOTE;
    if (isText) scanner.string();
    else scanner.number();
    const text = scanner.ascii().trim();
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
      const text = this.unescape.last(this.scanner);
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
    const bytes = Buffer.from(this.unescape.last(this.scanner).toString("latin1"), "base64");
    this.out.reserve(bytes.length);
    this.out.appendVarint(bytes.length);
    this.out.bytes.set(bytes, this.out.length);
    this.out.length += bytes.length;
  }
}
