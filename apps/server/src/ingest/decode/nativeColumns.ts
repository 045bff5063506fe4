/**
 * Columns of a ClickHouse Native block, each filled row by row and written in one go.
 * Format: https://clickhouse.com/docs/interfaces/formats/Native. Typed arrays are written as they lie in memory: every platform of Node is
 * little-endian, as the format is.
 */
import { ByteColumn } from "./byteColumn.ts";

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
