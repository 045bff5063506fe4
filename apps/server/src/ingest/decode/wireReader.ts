/**
 * Protobuf wire format, read in place. Positions instead of objects: a message is [pos, end) of one buffer.
 * Encoding: https://protobuf.dev/programming-guides/encoding/
 */

/** A body that is not what it claims to be; `at` is the byte where that shows. */
export class WireFault extends Error {
  readonly at: number;
  constructor(at: number, what: string) {
    super(what);
    this.name = "WireFault";
    this.at = at;
  }
}

/** Zero bytes kept behind the body: a varint ends there and whole words may be read across the end. */
export const PADDING_BYTES = 16;
const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_LENGTH = 2;
const WIRE_FIXED32 = 5;

/** Owner of the input buffer, which is kept between requests. Every length is checked against its parent's end. */
export class WireReader {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256 * 1024);
  view: DataView = new DataView(this.bytes.buffer);
  /** End of the body inside `bytes`. */
  size = 0;
  pos = 0;
  /** Result of varint64 and fixed64, as signed 32-bit halves. */
  lo = 0;
  hi = 0;

  /** Copies a body in (40 ns a span, repaid by reading without edge cases) and starts at its first byte. */
  load(body: Uint8Array): void {
    this.reserve(body.length);
    this.bytes.set(body);
    this.begin(body.length);
  }

  /** Makes room for `size` bytes and the padding, for a producer that writes `bytes` itself; then call begin(). */
  reserve(size: number): void {
    if (size + PADDING_BYTES <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(size + PADDING_BYTES, this.bytes.length * 2));
    this.view = new DataView(this.bytes.buffer);
  }

  begin(size: number): void {
    this.bytes.fill(0, size, size + PADDING_BYTES);
    this.size = size;
    this.pos = 0;
  }

  /** The next field's tag: number << 3 | wire type. */
  tag(end: number): number {
    const at = this.pos;
    const tag = this.varint32(end);
    if (tag >>> 3 === 0) throw new WireFault(at, "a field number of 0");
    return tag;
  }

  /** Low 32 bits of a varint, signed: enough for enums, int32, uint32 (after >>> 0) and bool. */
  varint32(end: number): number {
    const bytes = this.bytes;
    let pos = this.pos;
    let byte = bytes[pos++]!;
    let value = byte;
    if (byte >= 0x80) {
      byte = bytes[pos++]!;
      value = (value & 0x7f) | ((byte & 0x7f) << 7);
      if (byte >= 0x80) {
        byte = bytes[pos++]!;
        value |= (byte & 0x7f) << 14;
        if (byte >= 0x80) {
          this.varint64(end);
          return this.lo;
        }
      }
    }
    if (pos > end) throw new WireFault(this.pos, "a number that is cut off");
    this.pos = pos;
    return value;
  }

  /** A varint of up to 64 bits into `lo` and `hi`. */
  varint64(end: number): void {
    const bytes = this.bytes;
    const start = this.pos;
    let pos = start;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 63) throw new WireFault(start, "a number of more than 10 bytes");
      const byte = bytes[pos++]!;
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    if (pos > end) throw new WireFault(start, "a number that is cut off");
    this.pos = pos;
    this.lo = lo;
    this.hi = hi;
  }

  /** Reads a length and returns where the field that follows ends. */
  length(end: number): number {
    const at = this.pos;
    let size = this.bytes[at]!;
    if (size < 0x80) this.pos = at + 1;
    else {
      this.varint64(end);
      size = this.hi === 0 ? this.lo >>> 0 : Infinity;
    }
    const fieldEnd = this.pos + size;
    if (fieldEnd > end) {
      throw new WireFault(at, `a length of ${size} where ${Math.max(0, end - this.pos)} bytes are left`);
    }
    return fieldEnd;
  }

  fixed64(end: number): void {
    const pos = this.pos;
    if (pos + 8 > end) throw new WireFault(pos, "8 bytes that are cut off");
    this.lo = this.view.getInt32(pos, true);
    this.hi = this.view.getInt32(pos + 4, true);
    this.pos = pos + 8;
  }

  fixed32(end: number): number {
    const pos = this.pos;
    if (pos + 4 > end) throw new WireFault(pos, "4 bytes that are cut off");
    this.pos = pos + 4;
    return this.view.getInt32(pos, true);
  }

  double(end: number): number {
    const pos = this.pos;
    if (pos + 8 > end) throw new WireFault(pos, "8 bytes that are cut off");
    this.pos = pos + 8;
    return this.view.getFloat64(pos, true);
  }

  /** Reads bytes that should be an id: their position, 0 when there are none, -1 when they are not `size` bytes. */
  idAt(size: number, end: number): number {
    const idEnd = this.length(end);
    const found = idEnd - this.pos;
    const at = found === size ? this.pos : found === 0 ? 0 : -1;
    this.pos = idEnd;
    return at;
  }

  /** Skips a field nobody asked for. Groups were withdrawn from protobuf and are never OTLP. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        this.varint64(end);
        return;
      case WIRE_FIXED64:
        this.fixed64(end);
        return;
      case WIRE_LENGTH:
        this.pos = this.length(end);
        return;
      case WIRE_FIXED32:
        this.fixed32(end);
        return;
      default:
        throw new WireFault(this.pos, `wire type ${tag & 7}, which OTLP does not use`);
    }
  }
}

/** An unsigned 64-bit number from its halves; exact up to 2^53. */
export function unsigned64(lo: number, hi: number): number {
  return (hi >>> 0) * 4_294_967_296 + (lo >>> 0);
}

/** Nanoseconds since the epoch, as halves, to milliseconds. */
export function nanosToMs(lo: number, hi: number): number {
  return (hi >>> 0) * 4294.967296 + (lo >>> 0) / 1e6;
}
