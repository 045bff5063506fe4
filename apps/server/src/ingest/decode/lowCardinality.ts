/** LowCardinality(String) in a Native block, as ClickHouse's SerializationLowCardinality.cpp reads it. */
import { varintSize } from "./byteColumn.ts";
import { enlarged, type Interner } from "./interner.ts";
import type { NativeColumn } from "./nativeColumns.ts";

/** serializationType: indices of 1, 2 or 4 bytes, the dictionary travels with the block, nothing is shared. */
const HAS_ADDITIONAL_KEYS = 1 << 9;
const NEED_UPDATE_DICTIONARY = 1 << 10;

/** Interned strings; `ids[row]` is the string's number. */
export class LowCardinalityColumn implements NativeColumn {
  ids = new Int32Array(1024);
  /** Set when every row holds this string: saves filling and translating the numbers. */
  constant = -1;
  private readonly interner: Interner;
  /** The block's dictionary: string numbers in the order of their first row. */
  private dictionary = new Int32Array(64);
  private dictionaryCount = 0;
  private indexBytes = 1;

  constructor(interner: Interner) {
    this.interner = interner;
  }

  reserveRows(rows: number): void {
    if (rows > this.ids.length) this.ids = enlarged(this.ids, rows * 2);
  }

  estimate(rows: number): number {
    return rows * 2;
  }

  prepare(rows: number): number {
    // ClickHouse writes and expects nothing at all for no rows (maps of which all are empty).
    if (rows === 0) return 0;
    const { interner } = this;
    let keyBytes = 0;
    if (this.constant >= 0) {
      this.dictionary[0] = this.constant;
      this.dictionaryCount = 1;
      keyBytes = dictionaryBytes(interner, this.constant);
    } else {
      keyBytes = this.translate(rows);
    }
    this.indexBytes = this.dictionaryCount <= 0x100 ? 1 : this.dictionaryCount <= 0x10000 ? 2 : 4;
    return 24 + keyBytes + rows * this.indexBytes;
  }

  /** Replaces string numbers by places in the block's dictionary; returns the dictionary's size in bytes. */
  private translate(rows: number): number {
    const { interner, ids } = this;
    const { stamps, places } = interner;
    const stamp = interner.nextStamp();
    let count = 0;
    let bytes = 0;
    for (let row = 0; row < rows; row++) {
      const id = ids[row]!;
      if (stamps[id] !== stamp) {
        stamps[id] = stamp;
        places[id] = count;
        if (count === this.dictionary.length) this.dictionary = enlarged(this.dictionary, count * 2);
        this.dictionary[count++] = id;
        bytes += dictionaryBytes(interner, id);
      }
      ids[row] = places[id]!;
    }
    this.dictionaryCount = count;
    return bytes;
  }

  write(out: Uint8Array, at: number, rows: number): number {
    if (rows === 0) return at;
    const { interner, indexBytes, dictionaryCount, ids } = this;
    const width = indexBytes === 1 ? 0 : indexBytes === 2 ? 1 : 2;
    let to = writeUInt64(out, at, width | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY);
    to = writeUInt64(out, to, dictionaryCount);
    for (let i = 0; i < dictionaryCount; i++) to = writeInterned(out, to, interner, this.dictionary[i]!);
    to = writeUInt64(out, to, rows);
    // A constant's indices are zeros, which a fresh buffer holds already.
    if (this.constant < 0) {
      if (indexBytes === 1) for (let row = 0; row < rows; row++) out[to + row] = ids[row]!;
      else {
        for (let row = 0; row < rows; row++) {
          const index = ids[row]!;
          for (let i = 0; i < indexBytes; i++) out[to + row * indexBytes + i] = index >>> (8 * i);
        }
      }
    }
    return to + rows * indexBytes;
  }

  clear(): void {}
}

export function writeUInt64(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (let i = 0; i < 8; i++) {
    out[at + i] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  return at + 8;
}

function dictionaryBytes(interner: Interner, id: number): number {
  const size = interner.lengths[id]!;
  return size + varintSize(size);
}

function writeInterned(out: Uint8Array, at: number, interner: Interner, id: number): number {
  const size = interner.lengths[id]!;
  const offset = interner.offsets[id]!;
  let to = at;
  let rest = size;
  while (rest >= 0x80) {
    out[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[to++] = rest;
  const { arena } = interner;
  for (let i = 0; i < size; i++) out[to + i] = arena[offset + i]!;
  return to + size;
}
