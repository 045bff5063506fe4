/** JSON (RFC 8259), read byte by byte in place: strict, without building values, and with a bound on nesting. */
import { WireFault } from "./wireReader.ts";

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
export const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
/** Quotes, backslashes and control characters; all other bytes of a string stand for themselves. */
const ENDS_PLAIN_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE || byte === BACKSLASH || byte < 0x20 ? 1 : 0,
);
const SKIP_DEPTH_MAX = 512;

export class JsonScanner {
  text: Uint8Array = new Uint8Array(0);
  pos = 0;
  /** The last string's content between its quotes, still escaped; or the last number's characters. */
  start = 0;
  end = 0;
  hasEscapes = false;
  private readonly brackets = new Uint8Array(SKIP_DEPTH_MAX);

  load(text: Uint8Array): void {
    this.text = text;
    this.pos = 0;
  }

  fault(what: string, at = this.pos): WireFault {
    return new WireFault(at, what);
  }

  /** The next character that is not white space, which stays unread; -1 at the end. */
  peek(): number {
    const { text } = this;
    let pos = this.pos;
    while (pos < text.length) {
      const byte = text[pos]!;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.pos = pos;
        return byte;
      }
      pos++;
    }
    this.pos = pos;
    return -1;
  }

  expect(byte: number): void {
    if (this.peek() !== byte)
      throw this.fault(`${this.found()} where ${String.fromCharCode(byte)} should be`);
    this.pos++;
  }

  /** What stands at the current place, for messages. */
  found(): string {
    const byte = this.peek();
    if (byte < 0) return "the end";
    return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16)}`;
  }

  /** After `{` or a value of an object: true when a key follows (then it has been read), false at `}`. */
  nextKey(isFirst: boolean): boolean {
    if (!this.nextItem(isFirst, CLOSE_OBJECT)) return false;
    this.string();
    this.expect(COLON);
    return true;
  }

  /** After `[` or an element: true when an element follows, false at `]`. */
  nextElement(isFirst: boolean): boolean {
    return this.nextItem(isFirst, CLOSE_ARRAY);
  }

  private nextItem(isFirst: boolean, close: number): boolean {
    if (this.peek() === close) {
      this.pos++;
      return false;
    }
    if (!isFirst) {
      this.expect(COMMA);
      if (this.peek() === close) throw this.fault("a comma with nothing behind it");
    }
    return true;
  }

  /** Reads a string; its content is [start, end). */
  string(): void {
    if (this.peek() !== QUOTE) throw this.fault(`${this.found()} where a string should be`);
    const { text } = this;
    let pos = ++this.pos;
    this.start = pos;
    this.hasEscapes = false;
    for (; pos < text.length; pos++) {
      const byte = text[pos]!;
      if (ENDS_PLAIN_TEXT[byte] === 0) continue;
      if (byte === QUOTE) {
        this.end = pos;
        this.pos = pos + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.hasEscapes = true;
        pos += escapeSize(text, pos) - 1;
      } else throw this.fault("a control character inside a string", pos);
    }
    throw this.fault("a string that does not end", this.start - 1);
  }

  /** Reads a number; its characters are [start, end). */
  number(): void {
    this.peek();
    const { text } = this;
    let pos = this.pos;
    this.start = pos;
    if (text[pos] === MINUS) pos++;
    const first = pos;
    pos = this.digits(pos);
    if (pos - first > 1 && text[first] === 0x30) throw this.fault("a number with a leading zero");
    if (text[pos] === 0x2e) pos = this.digits(pos + 1);
    if (text[pos] === 0x65 || text[pos] === 0x45) {
      pos++;
      if (text[pos] === 0x2b || text[pos] === MINUS) pos++;
      pos = this.digits(pos);
    }
    this.end = pos;
    this.pos = pos;
  }

  private digits(from: number): number {
    const { text } = this;
    let pos = from;
    while (pos < text.length && text[pos]! >= 0x30 && text[pos]! <= 0x39) pos++;
    if (pos === from) throw this.fault(`${this.found()} where a number should be`);
    return pos;
  }

  /** The last string or number as it stands in the text. */
  ascii(): string {
    const { text, start, end } = this;
    return Buffer.from(text.buffer, text.byteOffset + start, end - start).toString("latin1");
  }

  /** Reads `true`, `false` or `null`. */
  literal(word: "true" | "false" | "null"): void {
    this.peek();
    for (let i = 0; i < word.length; i++) {
      if (this.text[this.pos + i] !== word.charCodeAt(i))
        throw this.fault(`${this.found()}, which is no JSON value`);
    }
    this.pos += word.length;
  }

  /** Skips one value of any kind, however it is nested. */
  skip(): void {
    const start = this.pos;
    const { brackets } = this;
    let depth = 0;
    let isFirst = true;
    do {
      // Inside brackets: close them, or step to the next item.
      if (depth > 0) {
        const isObject = brackets[depth - 1] === OPEN_OBJECT;
        if (!(isObject ? this.nextKey(isFirst) : this.nextElement(isFirst))) {
          depth--;
          isFirst = false;
          continue;
        }
      }
      const byte = this.peek();
      isFirst = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
      if (isFirst) {
        if (depth === SKIP_DEPTH_MAX) throw this.fault(`JSON nested deeper than ${SKIP_DEPTH_MAX}`, start);
        brackets[depth++] = byte;
        this.pos++;
      } else this.scalar(byte);
    } while (depth > 0);
  }

  private scalar(byte: number): void {
    if (byte === QUOTE) this.string();
    else if (byte === 0x74) this.literal("true");
    else if (byte === 0x66) this.literal("false");
    else if (byte === 0x6e) this.literal("null");
    else this.number();
  }
}

/** Characters of the escape sequence at `pos`; throws when it is none. */
function escapeSize(text: Uint8Array, pos: number): number {
  switch (text[pos + 1]) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return 2;
    case 0x75:
      for (let i = 2; i < 6; i++) {
        if (hexDigit(text[pos + i] ?? 0) < 0)
          throw new WireFault(pos, "a \\u escape without four hexadecimal digits");
      }
      return 6;
    default:
      throw new WireFault(pos, "a backslash that escapes nothing");
  }
}

/** 0 to 15, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
