/** Protobuf bytes written straight into one growing buffer: no message object, no second pass. */
const FIRST_BYTES = 16 * 1024;
const TWO_32 = 4_294_967_296;
/** Up to here a loop over the characters beats a call into native code. */
export const SHORT_TEXT = 96;

/** Protobuf's wire types, as the low three bits of a tag: https://protobuf.dev/programming-guides/encoding/ */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** The value of each hexadecimal digit by its character code. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 0 : value;
});

export class ByteWriter {
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  size = 0;
  private view = new DataView(this.bytes.buffer);

  /** Makes room for so many more bytes; the writers below do not look. */
  reserve(count: number): void {
    const needed = this.size + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.size);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  byte(value: number): void {
    this.bytes[this.size++] = value;
  }

  /** A non-negative whole number, exact up to 2^53. */
  varint(value: number): void {
    const { bytes } = this;
    let at = this.size;
    while (value >= 0x80) {
      bytes[at++] = (value % 128) | 0x80;
      value = value < 0x80000000 ? value >>> 7 : Math.floor(value / 128);
    }
    bytes[at++] = value;
    this.size = at;
  }

  /** An int64 as protobuf writes it: negatives as ten bytes of two's complement. */
  int64(value: number): void {
    if (value >= 0) return this.varint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.bytes[this.size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.size++] = Number(rest);
  }

  double(value: number): void {
    this.view.setFloat64(this.size, value, true);
    this.size += 8;
  }

  fixed32(value: number): void {
    this.view.setUint32(this.size, value, true);
    this.size += 4;
  }

  /** OpenTelemetry's [seconds, nanoseconds] as nanoseconds in 64 bits, without a BigInt: in halves that doubles hold exactly. */
  nanoseconds(seconds: number, nanos: number): void {
    const upper = Math.floor(seconds / 65_536) * 1e9;
    const lower = (seconds % 65_536) * 1e9 + nanos;
    const low = (upper % 65_536) * 65_536 + (lower % TWO_32);
    const high = Math.floor(upper / 65_536) + Math.floor(lower / TWO_32) + (low >= TWO_32 ? 1 : 0);
    this.view.setUint32(this.size, low % TWO_32, true);
    this.view.setUint32(this.size + 4, high, true);
    this.size += 8;
  }

  /** Lower-case hexadecimal as bytes, as ids are sent. Anything else becomes some bytes of the same count. */
  hex(text: string): void {
    const { bytes } = this;
    let at = this.size;
    for (let i = 0; i + 1 < text.length; i += 2) {
      bytes[at++] = (NIBBLES[text.charCodeAt(i) & 0x7f]! << 4) | NIBBLES[text.charCodeAt(i + 1) & 0x7f]!;
    }
    this.size = at;
  }

  /** A few bytes: a loop beats a call for those. */
  small(source: Uint8Array): void {
    const { bytes } = this;
    let at = this.size;
    for (let i = 0; i < source.length; i++) bytes[at++] = source[i]!;
    this.size = at;
  }

  raw(source: Uint8Array): void {
    this.bytes.set(source, this.size);
    this.size += source.length;
  }

  /** A text with its length before it. Reserves for itself. Half a surrogate pair becomes U+FFFD, as UTF-8 has none. */
  text(value: string): void {
    const { length } = value;
    this.reserve(length * 3 + 5);
    if (length <= SHORT_TEXT && this.shortAscii(value, length)) return;
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.size += this.bytes.write(value, this.size);
  }

  /** A text of at most SHORT_TEXT characters with its length; false, and nothing written, when it is not ASCII. */
  shortAscii(value: string, length: number): boolean {
    const { bytes, size } = this;
    bytes[size] = length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[size + 1 + i] = code;
    }
    this.size = size + 1 + length;
    return true;
  }

  /** Leaves two bytes for a length that is not known yet; hand the answer to `close`. */
  open(): number {
    this.size += 2;
    return this.size;
  }

  /** Writes the length of all since `open` before it, in as few bytes as protobuf asks for. */
  close(start: number): void {
    const length = this.size - start;
    if (length < 0x80) {
      this.bytes.copyWithin(start - 1, start, this.size);
      this.bytes[start - 2] = length;
      this.size--;
    } else if (length < 0x4000) {
      this.bytes[start - 2] = (length & 0x7f) | 0x80;
      this.bytes[start - 1] = length >>> 7;
    } else {
      const extra = length < 0x200000 ? 1 : length < 0x10000000 ? 2 : 3;
      this.reserve(extra);
      this.bytes.copyWithin(start + extra, start, this.size);
      const end = this.size + extra;
      this.size = start - 2;
      this.varint(length);
      this.size = end;
    }
  }

  /** The bytes so far, without a copy: only until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.size);
  }

  /** The bytes so far; the writer starts again and reuses its memory. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.size));
    this.size = 0;
    return taken;
  }
}
