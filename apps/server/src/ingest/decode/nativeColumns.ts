/**
 * Columns of a ClickHouse Native block, each filled row by row and written in one go.
 * Format: https://clickhouse.com/docs/interfaces/formats/Native; LowCardinality as in ClickHouse's
 * SerializationLowCardinality.cpp. Typed arrays are written as they lie in memory: every platform of Node is
 * little-endian, as the format is.
 */
import { ByteColumn, varintSize } from "./byteColumn.ts";
import { enlarged, type Interner } from "./interner.ts";

/** A column's part of a block: prepare() says how many bytes write() will put out for the first `rows` rows. */
export interface NativeColumn {
  prepare(rows: number): number;
  write(out: Uint8Array, at: number, rows: number): number;
  /** Room for `rows` rows in all. */
  reserveRows(rows: number): void;
  /** About how many bytes the first `rows` rows will take: cheap, to stop what grows out of proportion. */
  estimate(rows: number): number;
  clear(): void;
}

/** Numbers, times, enums and fixed strings: `rowBytes` a row, through whichever view suits. */
export class FixedColumn implements NativeColumn {
  readonly rowBytes: number;
  u8: Uint8Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;

  constructor(rowBytes: number) {
    this.rowBytes = rowBytes;
    this.u8 = new Uint8Array(rowBytes * 1024);
    this.u16 = new Uint16Array(this.u8.buffer);
    this.u32 = new Uint32Array(this.u8.buffer);
    this.f64 = new Float64Array(this.u8.buffer);
  }

  reserveRows(rows: number): void {
    if (rows * this.rowBytes <= this.u8.length) return;
    // A multiple of 1024 rows, so that every view fits.
    const grown = new Uint8Array(this.rowBytes * Math.ceil((rows * 2) / 1024) * 1024);
    grown.set(this.u8);
    this.u8 = grown;
    this.u16 = new Uint16Array(grown.buffer);
    this.u32 = new Uint32Array(grown.buffer);
    this.f64 = new Float64Array(grown.buffer);
  }

  estimate(rows: number): number {
    return rows * this.rowBytes;
  }

  prepare(rows: number): number {
    return rows * this.rowBytes;
  }

  write(out: Uint8Array, at: number, rows: number): number {
    const size = rows * this.rowBytes;
    out.set(this.u8.subarray(0, size), at);
    return at + size;
  }

  clear(): void {}
}

/** Strings of any length, appended in row order. */
export class StringColumn extends ByteColumn implements NativeColumn {
  constructor() {
    super(64 * 1024);
  }

  reserveRows(): void {}

  estimate(): number {
    return this.length;
  }

  prepare(): number {
    return this.length;
  }

  write(out: Uint8Array, at: number): number {
    out.set(this.bytes.subarray(0, this.length), at);
    return at + this.length;
  }

  clear(): void {
    this.length = 0;
  }
}

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

/** Map(LowCardinality(String), String): offsets, keys, values. A row's pairs are appended, then endRow() is called. */
export class MapColumn implements NativeColumn {
  readonly keys: LowCardinalityColumn;
  readonly values = new ByteColumn(256 * 1024);
  readonly offsets = new FixedColumn(8);
  /** Pairs so far. */
  count = 0;

  constructor(interner: Interner) {
    this.keys = new LowCardinalityColumn(interner);
  }

  /** Notes a key; its value must be appended to `values` next (or have been just before). */
  addKey(id: number): void {
    const at = this.count++;
    if (at >= this.keys.ids.length) this.keys.reserveRows(at + 1);
    this.keys.ids[at] = id;
  }

  endRow(row: number): void {
    this.offsets.u32[row * 2] = this.count;
    this.offsets.u32[row * 2 + 1] = 0;
  }

  /** Rows [row, row + rows) all get the pairs of one map. */
  appendRepeated(pairs: MapColumn, row: number, rows: number): void {
    if (rows === 0) return;
    const size = pairs.values.length;
    this.values.reserve(size * rows);
    repeat(this.values.bytes, this.values.length, pairs.values.bytes, size, rows);
    this.values.length += size * rows;
    this.keys.reserveRows(this.count + pairs.count * rows);
    repeat(this.keys.ids, this.count, pairs.keys.ids, pairs.count, rows);
    for (let i = 0; i < rows; i++) {
      this.count += pairs.count;
      this.endRow(row + i);
    }
  }

  reserveRows(rows: number): void {
    this.offsets.reserveRows(rows);
  }

  estimate(rows: number): number {
    return rows * 8 + this.count * 2 + this.values.length;
  }

  prepare(rows: number): number {
    return this.offsets.prepare(rows) + this.keys.prepare(this.count) + this.values.length;
  }

  write(out: Uint8Array, at: number, rows: number): number {
    const keysAt = this.offsets.write(out, at, rows);
    const valuesAt = this.keys.write(out, keysAt, this.count);
    out.set(this.values.bytes.subarray(0, this.values.length), valuesAt);
    return valuesAt + this.values.length;
  }

  clear(): void {
    this.count = 0;
    this.values.length = 0;
  }
}

/** Array of 8-byte numbers: offsets, then all elements. */
export class ArrayColumn implements NativeColumn {
  readonly offsets = new FixedColumn(8);
  readonly elements = new FixedColumn(8);
  count = 0;

  /** Room for `extra` more elements; write them at `count` and add to it. */
  reserve(extra: number): void {
    this.elements.reserveRows(this.count + extra);
  }

  endRow(row: number): void {
    this.offsets.u32[row * 2] = this.count;
    this.offsets.u32[row * 2 + 1] = 0;
  }

  reserveRows(rows: number): void {
    this.offsets.reserveRows(rows);
  }

  estimate(rows: number): number {
    return (rows + this.count) * 8;
  }

  prepare(rows: number): number {
    return (rows + this.count) * 8;
  }

  write(out: Uint8Array, at: number, rows: number): number {
    return this.elements.write(out, this.offsets.write(out, at, rows), this.count);
  }

  clear(): void {
    this.count = 0;
  }
}

/** Copies `size` leading elements of `from` into `to` at `start`, `times` times, doubling what is there. */
function repeat(
  to: Uint8Array | Int32Array,
  start: number,
  from: Uint8Array | Int32Array,
  size: number,
  times: number,
): void {
  to.set(from.subarray(0, size), start);
  let done = size;
  const total = size * times;
  while (done < total) {
    const part = Math.min(done, total - done);
    to.copyWithin(start + done, start, start + part);
    done += part;
  }
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
