/** Strings of JSON whose escapes must be resolved: rare, but any string may be one. */
import { ByteColumn } from "./byteColumn.ts";
import { hexDigit, type JsonScanner } from "./jsonScanner.ts";

export class JsonUnescape {
  private readonly scratch = new ByteColumn(4096);

  /** The last string with its escapes resolved; half a surrogate pair becomes U+FFFD. */
  last(scanner: JsonScanner): Buffer {
    const { scratch } = this;
    const { text, start, end } = scanner;
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
