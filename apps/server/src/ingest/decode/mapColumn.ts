/** Map(LowCardinality(String), String) in a Native block. */
import { ByteColumn } from "./byteColumn.ts";
import type { Interner } from "./interner.ts";
import { LowCardinalityColumn } from "./lowCardinality.ts";
import { FixedColumn, type NativeColumn } from "./nativeColumns.ts";

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
