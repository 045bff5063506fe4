/** JSON put together as bytes, for values that the tables keep as JSON text. */
import { isUtf8 } from "node:buffer";
import { asUtf8, ByteColumn, characterBoundary } from "./byteColumn.ts";

const HEX = "0123456789abcdef";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MUST_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);

export class JsonText extends ByteColumn {
  constructor() {
    super(4096);
  }

  clear(): void {
    this.length = 0;
  }

  /** ASCII characters as they are. */
  raw(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** A string of the source in quotes, cut and marked past `limit` bytes. */
  quoted(source: Uint8Array, pos: number, size: number, limit: number): void {
    if (size > limit) {
      const kept = asUtf8(source, pos, characterBoundary(source, pos, limit));
      this.raw('"');
      this.escaped(kept, 0, kept.length);
      this.raw('\\u2026[truncated]"');
      return;
    }
    const start = this.length;
    this.raw('"');
    if (!this.escaped(source, pos, size) && !isUtf8(source.subarray(pos, pos + size))) {
      const repaired = asUtf8(source, pos, size);
      this.length = start;
      this.raw('"');
      this.escaped(repaired, 0, repaired.length);
    }
    this.raw('"');
  }

  /** ASCII that needs no escapes, in quotes, cut and marked like quoted(). */
  quotedAscii(text: string, limit: number): void {
    this.raw(text.length <= limit ? `"${text}"` : `"${text.slice(0, limit)}\\u2026[truncated]"`);
  }

  /** Returns whether the text is ASCII, so that nobody need ask whether it is UTF-8. */
  private escaped(source: Uint8Array, pos: number, size: number): boolean {
    this.reserve(size * 6);
    const { bytes } = this;
    const end = pos + size;
    let at = this.length;
    let seen = 0;
    for (let i = pos; i < end; i++) {
      const byte = source[i]!;
      seen |= byte;
      if (MUST_ESCAPE[byte] === 0) bytes[at++] = byte;
      else if (byte === QUOTE || byte === BACKSLASH) {
        bytes[at++] = BACKSLASH;
        bytes[at++] = byte;
      } else {
        const escape = `\\u00${HEX[byte >> 4]}${HEX[byte & 15]}`;
        for (let j = 0; j < 6; j++) bytes[at++] = escape.charCodeAt(j);
      }
    }
    this.length = at;
    return seen < 0x80;
  }

  /** The text of one string that was appended with its length, at most `characters` long. */
  contentText(characters: number): string {
    let start = 0;
    while (start < this.length && this.bytes[start]! >= 0x80) start++;
    const end = Math.min(this.length, start + 1 + characters * 4);
    return Buffer.from(this.bytes.buffer, start + 1, Math.max(0, end - start - 1))
      .toString("utf8")
      .slice(0, characters);
  }

  /** Bytes as lower-case hex in quotes. */
  hex(source: Uint8Array, pos: number, size: number): void {
    this.raw('"');
    for (let i = pos; i < pos + size; i++) {
      const byte = source[i]!;
      this.raw(HEX[byte >> 4]! + HEX[byte & 15]!);
    }
    this.raw('"');
  }
}

/** A 64-bit integer in decimal. */
export function integerText(lo: number, hi: number): string {
  if (hi === lo >> 31) return String(lo);
  const value = hi * 4_294_967_296 + (lo >>> 0);
  if (Number.isSafeInteger(value)) return String(value);
  return String((BigInt(hi) << 32n) | BigInt(lo >>> 0));
}

/** Nanoseconds as halves, in milliseconds with up to six decimals: exact, as a JSON number. */
export function millisecondsText(lo: number, hi: number): string {
  const nanos = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  const fraction = nanos % 1_000_000n;
  const whole = String(nanos / 1_000_000n);
  if (fraction === 0n) return whole;
  return `${whole}.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
}
