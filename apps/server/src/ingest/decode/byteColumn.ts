/**
 * A growable run of bytes: the data of a String column (varint length, bytes), or scratch for texts that are put
 * together. Everything appended as text is valid UTF-8: invalid sequences become U+FFFD.
 */
import { isUtf8 } from "node:buffer";

const TRUNCATION_MARK = Buffer.from("…[truncated]");
/** Bytes whose high bits are set in any of a word's four bytes are not ASCII. */
const NOT_ASCII = 0x80808080 | 0;
/** Masks for the 1 to 3 last bytes of a little-endian word. */
const TAIL_MASKS = new Int32Array([0, 0xff, 0xffff, 0xffffff]);
/** Above this many bytes a native copy beats the word loop. */
const NATIVE_COPY_BYTES = 192;

export class ByteColumn {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Room for `extra` more bytes, a length before them and a word behind them. */
  reserve(extra: number): void {
    const needed = this.length + extra + 16;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  appendEmpty(): void {
    this.reserve(1);
    this.bytes[this.length++] = 0;
  }

  /** A string of the source, which must be readable for 4 bytes behind its end. */
  appendString(source: Uint8Array, view: DataView, pos: number, size: number): void {
    this.reserve(size);
    if (size > NATIVE_COPY_BYTES) {
      this.appendLong(source, pos, size);
      return;
    }
    const to = this.view;
    let at = this.length;
    if (size < 0x80) this.bytes[at++] = size;
    else {
      this.bytes[at++] = (size & 0x7f) | 0x80;
      this.bytes[at++] = size >> 7;
    }
    const whole = size & ~3;
    let seen = 0;
    for (let i = 0; i < whole; i += 4) {
      const word = view.getInt32(pos + i, true);
      seen |= word;
      to.setInt32(at + i, word, true);
    }
    const rest = size & 3;
    if (rest !== 0) {
      const word = view.getInt32(pos + whole, true);
      seen |= word & TAIL_MASKS[rest]!;
      to.setInt32(at + whole, word, true);
    }
    if ((seen & NOT_ASCII) !== 0 && !isUtf8(source.subarray(pos, pos + size))) {
      this.appendText(asUtf8(source, pos, size));
      return;
    }
    this.length = at + size;
  }

  private appendLong(source: Uint8Array, pos: number, size: number): void {
    const part = source.subarray(pos, pos + size);
    this.appendText(isUtf8(part) ? part : asUtf8(source, pos, size));
  }

  /** A string of the source, cut at `limit` bytes (between two characters) and marked when it is longer. */
  appendLimited(source: Uint8Array, view: DataView, pos: number, size: number, limit: number): void {
    if (size <= limit) {
      this.appendString(source, view, pos, size);
      return;
    }
    const text = asUtf8(source, pos, characterBoundary(source, pos, limit));
    this.appendText(Buffer.concat([text, TRUNCATION_MARK]));
  }

  /** Valid UTF-8, with its length before it. */
  appendText(text: Uint8Array): void {
    this.reserve(text.length);
    this.appendVarint(text.length);
    this.bytes.set(text, this.length);
    this.length += text.length;
  }

  /** All of another column's bytes as one string. */
  appendWhole(text: ByteColumn): void {
    if (text.length === 0) this.appendEmpty();
    else this.appendText(text.bytes.subarray(0, text.length));
  }

  /** A short JavaScript string of ASCII characters, with its length before it. */
  appendAscii(text: string): void {
    this.reserve(text.length);
    this.appendVarint(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** Decimal digits of a 32-bit integer, with their length before them. */
  appendInteger(value: number): void {
    this.reserve(12);
    const { bytes } = this;
    let at = this.length + 1;
    let rest = value;
    if (value < 0) {
      bytes[at++] = 0x2d;
      rest = -value;
    }
    let digits = 1;
    for (let bound = 10; rest >= bound && digits < 10; bound *= 10) digits++;
    const end = at + digits;
    for (let i = end - 1; i >= at; i--) {
      // 2^31 is the one value that `| 0` would not keep.
      const quotient = (rest / 10) >>> 0;
      bytes[i] = 0x30 + rest - quotient * 10;
      rest = quotient;
    }
    bytes[this.length] = end - this.length - 1;
    this.length = end;
  }

  appendVarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** Bytes as they are, without a length. */
  appendRaw(part: Uint8Array): void {
    this.reserve(part.length);
    this.bytes.set(part, this.length);
    this.length += part.length;
  }

  /** What was written, cut at `limit` bytes and marked: for texts that were put together here. */
  contentLimited(limit: number): Uint8Array {
    if (this.length <= limit) return this.bytes.subarray(0, this.length);
    const kept = characterBoundary(this.bytes, 0, limit);
    return Buffer.concat([this.bytes.subarray(0, kept), TRUNCATION_MARK]);
  }
}

/** Bytes varint(value) takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest >>>= 7) size++;
  return size;
}

/** The bytes as valid UTF-8: a copy in which invalid sequences are U+FFFD. */
export function asUtf8(source: Uint8Array, pos: number, size: number): Uint8Array {
  const part = Buffer.from(source.buffer, source.byteOffset + pos, size);
  return Buffer.from(isUtf8(part) ? part : part.toString("utf8"));
}

/** Largest size ≤ limit that does not cut a UTF-8 character. */
export function characterBoundary(source: Uint8Array, pos: number, limit: number): number {
  let size = limit;
  for (let back = 0; back < 3 && size > 0 && (source[pos + size]! & 0xc0) === 0x80; back++) size--;
  return size;
}
