/**
 * Statements without their literals: what is stored of `db.query.text`, and what queries are grouped by. A lexer over
 * bytes, since a parser of one dialect would refuse the others, and what it can't read must not be stored either.
 *
 *   select * from users where mail = 'a@b.c' and id in (1, 2,3) -- why   →   select * from users where mail = ? and id in (?, …)
 *
 * Strings, numbers, dollar-quoted texts and parameters become `?`; lists of them, and lists of equal groups of them,
 * keep their first item; comments and surplus white space go. Whatever does not end is a literal to its end.
 */
import { ByteColumn } from "../byteColumn.ts";
import type { Dialect } from "./dialect.ts";

/** Of longer statements the rest is neither read nor stored. */
const READ_BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 256;

const codeOf = (text: string): number => text.charCodeAt(0);
const SPACE = 0x20;
const QUOTE = codeOf("'");
const DOUBLE = codeOf('"');
const BACKTICK = codeOf("`");
const BACKSLASH = codeOf("\\");
const DOLLAR = codeOf("$");
const COLON = codeOf(":");
const QUESTION = codeOf("?");
const COMMA = codeOf(",");
const OPEN = codeOf("(");
const CLOSE = codeOf(")");
const DASH = codeOf("-");
const SLASH = codeOf("/");
const STAR = codeOf("*");
const HASH = codeOf("#");
const AT = codeOf("@");
const DOT = codeOf(".");
const SEMICOLON = codeOf(";");
const VALUE_ENDS = new Set(Buffer.from(')]?"`'));
const MORE = Buffer.from(", …");

/** Reused for all statements of a worker. */
export class StatementNormaliser {
  private readonly out = new ByteColumn(4096);
  private source: Uint8Array = new Uint8Array(0);
  private pos = 0;
  private end = 0;
  /** Where the open groups begin in the output. */
  private readonly opened = new Int32Array(DEPTH_MAX);
  private depth = 0;
  /** The last closed group of literals in the output, to which the next may be equal. */
  private groupStart = 0;
  private groupEnd = -1;
  /** Behind the last `?`, or behind its `, …`; -1 when something else was written since. */
  private literalEnd = -1;

  /**
   * The statement in bytes[start, start + size), normalised. The answer is valid until the next call; it is valid UTF-8
   * where the statement is.
   */
  normalise(bytes: Uint8Array, start: number, size: number, dialect: Dialect): Uint8Array {
    this.source = bytes;
    this.pos = start;
    this.end = start + Math.min(size, READ_BYTES_MAX);
    this.out.length = 0;
    this.depth = 0;
    this.groupEnd = -1;
    this.literalEnd = -1;
    if (dialect.form === "command") this.command();
    else while (this.pos < this.end) this.token(dialect);
    this.trimEnd();
    return this.out.bytes.subarray(0, this.out.length);
  }

  /** The command's word; its arguments are all values. */
  private command(): void {
    const { source } = this;
    while (this.pos < this.end && source[this.pos]! <= SPACE) this.pos++;
    while (this.pos < this.end && source[this.pos]! > SPACE) this.put(source[this.pos++]!);
    while (this.pos < this.end && source[this.pos]! <= SPACE) this.pos++;
    if (this.pos < this.end) {
      this.put(SPACE);
      this.put(QUESTION);
    }
  }

  private token(dialect: Dialect): void {
    const { source } = this;
    const byte = source[this.pos]!;
    const next = this.pos + 1 < this.end ? source[this.pos + 1]! : 0;
    if (byte <= SPACE) this.blank(this.pos + 1);
    else if (isWordStart(byte)) this.word(dialect);
    else if (isDigit(byte) || (byte === DOT && isDigit(next) && !this.isBehindName()))
      this.literal(this.numberEnd(this.pos));
    else if (byte === QUOTE) this.string(QUOTE, dialect.hasBackslashes);
    else if (byte === DOUBLE) this.doubleQuoted(dialect);
    else if (byte === BACKTICK) this.name(BACKTICK);
    else if (byte === DASH && isDigit(next) && !this.isBehindValue())
      this.literal(this.numberEnd(this.pos + 1));
    else if (byte === DASH && next === DASH) this.blank(this.lineEnd());
    else if (byte === HASH && dialect.hasHashComments) this.blank(this.lineEnd());
    else if (byte === SLASH && next === STAR) this.blank(this.commentEnd());
    else if (byte === DOLLAR) this.dollar(next);
    else if (byte === QUESTION && this.isParameter(next)) this.literal(this.pos + 1);
    else if ((byte === COLON || byte === AT) && isWordStart(next) && !this.isDoubled(byte))
      this.literal(this.wordEnd(this.pos + 1));
    else this.symbol(byte);
  }

  private word(dialect: Dialect): void {
    const wordEnd = this.wordEnd(this.pos);
    const size = wordEnd - this.pos;
    // E'…', B'…', X'…', N'…' and U&'…' are strings with a prefix.
    if (wordEnd < this.end && this.source[wordEnd] === QUOTE && size === 1) {
      const isEscaped = (this.source[this.pos]! | 0x20) === codeOf("e");
      this.pos = wordEnd;
      this.string(QUOTE, isEscaped || dialect.hasBackslashes);
      return;
    }
    this.copy(wordEnd);
  }

  private numberEnd(from: number): number {
    const { source } = this;
    const isHex = ((source[from + 1] ?? 0) | 0x20) === codeOf("x");
    let at = from;
    while (at < this.end) {
      const byte = source[at]!;
      const isSign = (byte === DASH || byte === codeOf("+")) && (source[at - 1]! | 0x20) === codeOf("e");
      if (!isWordByte(byte) && byte !== DOT && !(isSign && !isHex && at > from)) break;
      at++;
    }
    return at;
  }

  private string(quote: number, hasBackslashes: Dialect["hasBackslashes"]): void {
    this.literal(this.stringEnd(quote, hasBackslashes));
  }

  private doubleQuoted(dialect: Dialect): void {
    if (!dialect.hasDoubleQuotedStrings) {
      this.name(DOUBLE);
      return;
    }
    const end = this.stringEnd(DOUBLE, dialect.hasBackslashes);
    let behind = end;
    while (behind < this.end && this.source[behind]! <= SPACE) behind++;
    const isKey =
      dialect.form === "json" &&
      behind < this.end &&
      this.source[behind] === COLON &&
      this.source[behind + 1] !== COLON;
    if (isKey) this.copy(end);
    else this.literal(end);
  }

  /** A quoted name is kept; one that does not end may be a string of another dialect. */
  private name(quote: number): void {
    const end = this.stringEnd(quote, false);
    const isWhole = end - this.pos >= 2 && this.source[end - 1] === quote;
    if (isWhole) this.copy(end);
    else this.literal(end);
  }

  private dollar(next: number): void {
    if (isDigit(next)) {
      this.literal(this.wordEnd(this.pos + 1));
      return;
    }
    let tagEnd = this.pos + 1;
    while (tagEnd < this.end && isWordByte(this.source[tagEnd]!) && this.source[tagEnd] !== DOLLAR) tagEnd++;
    if (tagEnd >= this.end || this.source[tagEnd] !== DOLLAR) {
      this.symbol(DOLLAR);
      return;
    }
    const tag = this.source.subarray(this.pos, tagEnd + 1);
    const body = Buffer.from(this.source.buffer, this.source.byteOffset + tagEnd + 1, this.end - tagEnd - 1);
    const closeAt = body.indexOf(tag);
    this.literal(closeAt < 0 ? this.end : tagEnd + 1 + closeAt + tag.length);
  }

  private symbol(byte: number): void {
    this.pos++;
    if (byte === OPEN && this.depth < DEPTH_MAX) this.opened[this.depth++] = this.out.length;
    if (byte === CLOSE || byte === COMMA) this.trimSpace();
    this.put(byte);
    if (byte === CLOSE) this.closeGroup();
    else if (byte !== COMMA) this.literalEnd = -1;
  }

  /** A group of literals alone that equals the one before it is left out: rows of a VALUES list, pairs of an IN. */
  private closeGroup(): void {
    const wasLiteral = this.literalEnd === this.out.length - 1;
    this.literalEnd = -1;
    if (this.depth === 0) return;
    const start = this.opened[--this.depth]!;
    if (!wasLiteral) return;
    const { out } = this;
    const isEqual = this.groupEnd > 0 && this.isOnlyComma(this.groupEnd, start) && this.isSameGroup(start);
    if (!isEqual) {
      this.groupStart = start;
      this.groupEnd = out.length;
      return;
    }
    out.length = this.groupEnd;
    if (!this.endsWithMore(this.groupEnd)) out.appendRaw(MORE);
    this.groupEnd = out.length;
  }

  private isSameGroup(start: number): boolean {
    const { bytes, length } = this.out;
    const size = length - start;
    for (let i = 0; i < size; i++) {
      if (bytes[this.groupStart + i] !== bytes[start + i]) return false;
    }
    const rest = this.groupStart + size;
    return (
      rest === this.groupEnd || (rest + MORE.length === this.groupEnd && this.endsWithMore(this.groupEnd))
    );
  }

  private endsWithMore(at: number): boolean {
    return at >= MORE.length && MORE.equals(this.out.bytes.subarray(at - MORE.length, at));
  }

  private isOnlyComma(from: number, to: number): boolean {
    const { bytes } = this.out;
    if (bytes[from] !== COMMA) return false;
    for (let at = from + 1; at < to; at++) if (bytes[at] !== SPACE) return false;
    return true;
  }

  /** Writes `?` for the source up to `end`; a second one of a list is left out. */
  private literal(end: number): void {
    this.pos = end;
    const { out } = this;
    if (
      this.literalEnd > 0 &&
      this.isOnlyComma(this.literalEnd, out.length) &&
      this.literalEnd < out.length
    ) {
      out.length = this.literalEnd;
      if (!this.endsWithMore(out.length)) out.appendRaw(MORE);
    } else {
      if (out.length > 0 && isWordByte(out.bytes[out.length - 1]!)) this.put(SPACE);
      this.put(QUESTION);
    }
    this.literalEnd = out.length;
  }

  private copy(end: number): void {
    const { out } = this;
    if (this.literalEnd === out.length && out.length > 0) this.put(SPACE);
    this.out.appendRaw(this.source.subarray(this.pos, end));
    this.pos = end;
    this.literalEnd = -1;
  }

  /** White space and comments: one space, none at the start and none behind an opening bracket. */
  private blank(end: number): void {
    this.pos = end;
    const { out } = this;
    if (out.length === 0) return;
    const last = out.bytes[out.length - 1]!;
    if (last !== SPACE && last !== OPEN) this.put(SPACE);
  }

  private put(byte: number): void {
    this.out.reserve(1);
    this.out.bytes[this.out.length++] = byte;
  }

  private trimSpace(): void {
    const { out } = this;
    if (out.length > 0 && out.bytes[out.length - 1] === SPACE) out.length--;
  }

  private trimEnd(): void {
    const { out } = this;
    while (out.length > 0 && (out.bytes[out.length - 1] === SPACE || out.bytes[out.length - 1] === SEMICOLON))
      out.length--;
  }

  private stringEnd(quote: number, hasBackslashes: Dialect["hasBackslashes"]): number {
    const { source } = this;
    let at = this.pos + 1;
    while (at < this.end) {
      const byte = source[at]!;
      if (byte === BACKSLASH && hasBackslashes !== false) {
        if (hasBackslashes === "unsure" && source[at + 1] === quote) return this.end;
        at += 2;
      } else if (byte !== quote) at++;
      else if (at + 1 < this.end && source[at + 1] === quote) at += 2;
      else return at + 1;
    }
    return this.end;
  }

  private lineEnd(): number {
    let at = this.pos;
    while (at < this.end && this.source[at] !== 0x0a) at++;
    return at;
  }

  /** Comments nest in PostgreSQL; where they don't, too much is left out rather than too little. */
  private commentEnd(): number {
    const { source } = this;
    let at = this.pos + 2;
    for (let depth = 1; at < this.end; at++) {
      if (source[at] === STAR && source[at + 1] === SLASH) {
        at++;
        if (--depth === 0) return at + 1;
      } else if (source[at] === SLASH && source[at + 1] === STAR) {
        at++;
        depth++;
      }
    }
    return this.end;
  }

  private wordEnd(from: number): number {
    let at = from;
    while (at < this.end && isWordByte(this.source[at]!)) at++;
    return at;
  }

  /** `a.1` is no number. */
  private isBehindName(): boolean {
    const { out } = this;
    return out.length > 0 && isWordByte(out.bytes[out.length - 1]!);
  }

  /** A minus behind a value subtracts; elsewhere it belongs to the number. */
  private isBehindValue(): boolean {
    const { bytes, length } = this.out;
    const last = bytes[length - 1] === SPACE ? bytes[length - 2] : bytes[length - 1];
    return last !== undefined && length > 0 && (isWordByte(last) || VALUE_ENDS.has(last));
  }

  /** `::type` and `@@setting` are no parameters. */
  private isDoubled(byte: number): boolean {
    const { out } = this;
    return out.length > 0 && out.bytes[out.length - 1] === byte;
  }

  /** `?|`, `?&` and `??` are operators of PostgreSQL. */
  private isParameter(next: number): boolean {
    return next !== codeOf("|") && next !== codeOf("&") && next !== QUESTION;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Letters, the underscore, and everything beyond ASCII. */
function isWordStart(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte >= 0x80;
}

function isWordByte(byte: number): boolean {
  return isWordStart(byte) || isDigit(byte) || byte === DOLLAR;
}
