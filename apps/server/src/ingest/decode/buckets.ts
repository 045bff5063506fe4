/** Lists of numbers of a metric point: bounds, bucket counts, quantiles; read straight into their columns. */
import type { ValueReader } from "./anyValue.ts";
import type { PointColumns } from "./metricColumns.ts";
import type { ArrayColumn } from "./nativeColumns.ts";
import { WireFault, type WireReader } from "./wireReader.ts";

/** The lists of one point at a time: begin(), read…, then endRow(), or undo() when the point is refused. */
export class Buckets {
  /** Set when a list was longer than is allowed; what was too much was left out. */
  isFull = false;
  private readonly reader: WireReader;
  private readonly sizeMax: number;
  private readonly arrays: readonly ArrayColumn[];
  private readonly marks: number[];

  constructor(value: ValueReader, columns: PointColumns) {
    const { bounds, counts, positive, negative, quantiles, quantileValues } = columns;
    this.reader = value.reader;
    this.sizeMax = value.limits.bucketsMax;
    this.arrays = [bounds, counts, positive, negative, quantiles, quantileValues];
    this.marks = this.arrays.map(() => 0);
  }

  begin(): void {
    this.isFull = false;
    for (let i = 0; i < this.arrays.length; i++) this.marks[i] = this.arrays[i]!.count;
  }

  undo(): void {
    for (let i = 0; i < this.arrays.length; i++) this.arrays[i]!.count = this.marks[i]!;
  }

  endRow(row: number): void {
    for (const array of this.arrays) array.endRow(row);
  }

  /** Elements of the current point in a list. */
  size(list: ArrayColumn): number {
    return list.count - this.marks[this.arrays.indexOf(list)]!;
  }

  /** Appends 8-byte elements, one (wire type 1) or packed (wire type 2). */
  readFixed(to: ArrayColumn, tag: number, end: number): void {
    const { reader } = this;
    const partEnd = (tag & 7) === 2 ? reader.length(end) : reader.pos + 8;
    const extra = Math.ceil((partEnd - reader.pos) / 8);
    if (!this.hasRoom(to, extra)) {
      reader.pos = partEnd;
      if (partEnd > end) throw new WireFault(reader.pos, "8 bytes that are cut off");
      return;
    }
    to.reserve(extra);
    while (reader.pos < partEnd) {
      reader.fixed64(Math.min(partEnd, end));
      this.append(to, reader.lo, reader.hi);
    }
  }

  readBuckets(to: ArrayColumn, offsetSoFar: number, end: number): number {
    const { reader } = this;
    let offset = offsetSoFar;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x08) offset = zigzag(reader.varint32(end));
      else if (tag === 0x10) this.readVarints(to, reader.pos + 1, end);
      else if (tag === 0x12) {
        const partEnd = reader.length(end);
        this.readVarints(to, partEnd, partEnd);
      } else reader.skip(tag, end);
    }
    return offset;
  }

  /** Appends varints that start before `last`. */
  private readVarints(to: ArrayColumn, last: number, end: number): void {
    const { reader } = this;
    while (reader.pos < last) {
      reader.varint64(end);
      if (!this.hasRoom(to, 1)) continue;
      to.reserve(1);
      this.append(to, reader.lo, reader.hi);
    }
  }

  hasRoom(to: ArrayColumn, extra: number): boolean {
    if (this.size(to) + extra <= this.sizeMax) return true;
    this.isFull = true;
    return false;
  }

  appendDouble(to: ArrayColumn, value: number): void {
    to.reserve(1);
    to.elements.f64[to.count++] = value;
  }

  private append(to: ArrayColumn, lo: number, hi: number): void {
    const at = to.count++;
    to.elements.u32[at * 2] = lo;
    to.elements.u32[at * 2 + 1] = hi;
  }
}

/** The signed number a protobuf sint32 stands for. */
export function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
