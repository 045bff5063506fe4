/**
 * The fields of one data point of any metric type, read into the properties of one object that every point reuses.
 * Buckets go straight to their columns; write() adds the rest, undo() takes the buckets of a refused point back.
 */
import type { ValueReader } from "./anyValue.ts";
import type { AttributeMap } from "./attributeMap.ts";
import type { ArrayColumn, FixedColumn } from "./nativeColumns.ts";
import type { NativeTable } from "./nativeTable.ts";
import { Ranges } from "./spanRanges.ts";
import { unsigned64, WireFault, type WireReader } from "./wireReader.ts";

/** Values of the column `type`. */
export const GAUGE = 1;
export const SUM = 2;
export const HISTOGRAM = 3;
export const EXPONENTIAL_HISTOGRAM = 4;
export const SUMMARY = 5;

const TWO_32 = 4_294_967_296;

export class PointFields {
  timeLo = 0;
  timeHi = 0;
  startLo = 0;
  startHi = 0;
  /** A gauge's or sum's number; the mean of a histogram or summary, 0 when it cannot be told. */
  value = 0;
  flags = 0;
  /** Why the point cannot be taken; empty when it can. */
  fault = "";
  readonly exemplars: Ranges;
  private countLo = 0;
  private countHi = 0;
  private sum = 0;
  private min = 0;
  private max = 0;
  private scale = 0;
  private zeroLo = 0;
  private zeroHi = 0;
  private zeroThreshold = 0;
  private positiveOffset = 0;
  private negativeOffset = 0;
  private readonly reader: WireReader;
  private readonly valueReader: ValueReader;
  private readonly attributes: AttributeMap;
  private readonly columns: PointColumns;
  private readonly arrays: readonly ArrayColumn[];
  private readonly marks: number[];

  constructor(value: ValueReader, attributes: AttributeMap, table: NativeTable) {
    this.reader = value.reader;
    this.valueReader = value;
    this.attributes = attributes;
    this.exemplars = new Ranges(value.limits.eventsMax);
    this.columns = pointColumns(table);
    const { bounds, counts, positive, negative, quantiles, quantileValues } = this.columns;
    this.arrays = [bounds, counts, positive, negative, quantiles, quantileValues];
    this.marks = this.arrays.map(() => 0);
  }

  get lostExemplars(): number {
    return this.exemplars.dropped;
  }

  begin(): void {
    for (let i = 0; i < this.arrays.length; i++) this.marks[i] = this.arrays[i]!.count;
    this.timeLo = 0;
    this.timeHi = 0;
    this.startLo = 0;
    this.startHi = 0;
    this.value = 0;
    this.flags = 0;
    this.fault = "";
    this.exemplars.clear();
    this.countLo = 0;
    this.countHi = 0;
    this.sum = 0;
    this.min = 0;
    this.max = 0;
    this.scale = 0;
    this.zeroLo = 0;
    this.zeroHi = 0;
    this.zeroThreshold = 0;
    this.positiveOffset = 0;
    this.negativeOffset = 0;
  }

  undo(): void {
    for (let i = 0; i < this.arrays.length; i++) this.arrays[i]!.count = this.marks[i]!;
  }

  read(type: number, end: number): void {
    if (type === HISTOGRAM) this.readHistogram(end);
    else if (type === EXPONENTIAL_HISTOGRAM) this.readExponential(end);
    else if (type === SUMMARY) this.readSummary(end);
    else this.readNumber(end);
  }

  private readNumber(end: number): void {
    const { reader } = this;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x21) this.value = reader.double(end);
      else if (tag === 0x31) {
        reader.fixed64(end);
        this.value = reader.hi * TWO_32 + (reader.lo >>> 0);
      } else if (tag === 0x2a) this.readExemplar(end);
      else if (tag === 0x3a) this.readAttribute(end);
      else if (tag === 0x40) this.flags = reader.varint32(end);
      else this.readTime(tag, end);
    }
  }

  private readHistogram(end: number): void {
    const { reader, columns } = this;
    this.min = Number.NaN;
    this.max = Number.NaN;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x21:
          this.readCount(end);
          break;
        case 0x29:
          this.sum = reader.double(end);
          break;
        case 0x31:
        case 0x32:
          this.readFixed(columns.counts, tag, end);
          break;
        case 0x39:
        case 0x3a:
          this.readFixed(columns.bounds, tag, end);
          break;
        case 0x42:
          this.readExemplar(end);
          break;
        case 0x4a:
          this.readAttribute(end);
          break;
        case 0x50:
          this.flags = reader.varint32(end);
          break;
        case 0x59:
          this.min = reader.double(end);
          break;
        case 0x61:
          this.max = reader.double(end);
          break;
        default:
          this.readTime(tag, end);
      }
    }
    const counts = columns.counts.count - this.marks[1]!;
    const bounds = columns.bounds.count - this.marks[0]!;
    if (counts !== 0 && counts !== bounds + 1) {
      this.fault = `a histogram has ${counts} buckets and ${bounds} bounds; there must be one bucket more than bounds`;
    }
    this.settleMean();
  }

  private readExponential(end: number): void {
    const { reader } = this;
    this.min = Number.NaN;
    this.max = Number.NaN;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x0a:
          this.readAttribute(end);
          break;
        case 0x21:
          this.readCount(end);
          break;
        case 0x29:
          this.sum = reader.double(end);
          break;
        case 0x30:
          this.scale = zigzag(reader.varint32(end));
          break;
        case 0x39:
          reader.fixed64(end);
          this.zeroLo = reader.lo;
          this.zeroHi = reader.hi;
          break;
        case 0x42:
          this.positiveOffset = this.readBuckets(
            this.columns.positive,
            this.positiveOffset,
            reader.length(end),
          );
          break;
        case 0x4a:
          this.negativeOffset = this.readBuckets(
            this.columns.negative,
            this.negativeOffset,
            reader.length(end),
          );
          break;
        case 0x50:
          this.flags = reader.varint32(end);
          break;
        case 0x5a:
          this.readExemplar(end);
          break;
        case 0x61:
          this.min = reader.double(end);
          break;
        case 0x69:
          this.max = reader.double(end);
          break;
        case 0x71:
          this.zeroThreshold = reader.double(end);
          break;
        default:
          this.readTime(tag, end);
      }
    }
    this.settleMean();
  }

  private readSummary(end: number): void {
    const { reader } = this;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x21) this.readCount(end);
      else if (tag === 0x29) this.sum = reader.double(end);
      else if (tag === 0x32) this.readQuantile(reader.length(end));
      else if (tag === 0x3a) this.readAttribute(end);
      else if (tag === 0x40) this.flags = reader.varint32(end);
      else this.readTime(tag, end);
    }
    this.settleMean();
  }

  /** start_time_unix_nano and time_unix_nano have the same numbers in every type. */
  private readTime(tag: number, end: number): void {
    const { reader } = this;
    if (tag === 0x11) {
      reader.fixed64(end);
      // Times from 2262 on do not fit the column; such a start says nothing.
      this.startLo = reader.hi < 0 ? 0 : reader.lo;
      this.startHi = reader.hi < 0 ? 0 : reader.hi;
    } else if (tag === 0x19) {
      reader.fixed64(end);
      this.timeLo = reader.lo;
      this.timeHi = reader.hi;
    } else reader.skip(tag, end);
  }

  private readAttribute(end: number): void {
    this.valueReader.readKeyValue(this.reader.length(end));
    this.attributes.add(this.valueReader);
  }

  private readExemplar(end: number): void {
    const { reader } = this;
    const exemplarEnd = reader.length(end);
    this.exemplars.add(reader.pos, exemplarEnd);
    reader.pos = exemplarEnd;
  }

  private readCount(end: number): void {
    this.reader.fixed64(end);
    this.countLo = this.reader.lo;
    this.countHi = this.reader.hi;
  }

  /** Appends 8-byte elements, one (wire type 1) or packed (wire type 2). */
  private readFixed(to: ArrayColumn, tag: number, end: number): void {
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

  private readBuckets(to: ArrayColumn, offsetSoFar: number, end: number): number {
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

  private readQuantile(end: number): void {
    const { reader, columns } = this;
    let quantile = 0;
    let value = 0;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) quantile = reader.double(end);
      else if (tag === 0x11) value = reader.double(end);
      else reader.skip(tag, end);
    }
    if (!this.hasRoom(columns.quantiles, 1)) return;
    appendDouble(columns.quantiles, quantile);
    appendDouble(columns.quantileValues, value);
  }

  private hasRoom(to: ArrayColumn, extra: number): boolean {
    const { bucketsMax } = this.valueReader.limits;
    const mark = this.marks[this.arrays.indexOf(to)]!;
    if (to.count - mark + extra <= bucketsMax) return true;
    this.fault = `a point has more than ${bucketsMax} buckets or quantiles`;
    return false;
  }

  private append(to: ArrayColumn, lo: number, hi: number): void {
    const at = to.count++;
    to.elements.u32[at * 2] = lo;
    to.elements.u32[at * 2 + 1] = hi;
  }

  private settleMean(): void {
    if (!Number.isFinite(this.sum)) this.sum = 0;
    const count = unsigned64(this.countLo, this.countHi);
    this.value = count > 0 ? this.sum / count : 0;
  }

  write(row: number): void {
    const { columns } = this;
    setPair(columns.time, row, this.timeLo, this.timeHi);
    setPair(columns.startTime, row, this.startLo, this.startHi);
    setPair(columns.count, row, this.countLo, this.countHi);
    setPair(columns.zeroCount, row, this.zeroLo, this.zeroHi);
    columns.sum.f64[row] = this.sum;
    columns.min.f64[row] = this.min;
    columns.max.f64[row] = this.max;
    columns.zeroThreshold.f64[row] = this.zeroThreshold;
    columns.scale.u32[row] = this.scale;
    columns.positiveOffset.u32[row] = this.positiveOffset;
    columns.negativeOffset.u32[row] = this.negativeOffset;
    for (const array of this.arrays) array.endRow(row);
  }
}

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function appendDouble(to: ArrayColumn, value: number): void {
  to.reserve(1);
  to.elements.f64[to.count++] = value;
}

function setPair(column: FixedColumn, row: number, lo: number, hi: number): void {
  column.u32[row * 2] = lo;
  column.u32[row * 2 + 1] = hi;
}

interface PointColumns {
  readonly time: FixedColumn;
  readonly startTime: FixedColumn;
  readonly count: FixedColumn;
  readonly sum: FixedColumn;
  readonly min: FixedColumn;
  readonly max: FixedColumn;
  readonly bounds: ArrayColumn;
  readonly counts: ArrayColumn;
  readonly scale: FixedColumn;
  readonly zeroCount: FixedColumn;
  readonly zeroThreshold: FixedColumn;
  readonly positiveOffset: FixedColumn;
  readonly positive: ArrayColumn;
  readonly negativeOffset: FixedColumn;
  readonly negative: ArrayColumn;
  readonly quantiles: ArrayColumn;
  readonly quantileValues: ArrayColumn;
}

function pointColumns(table: NativeTable): PointColumns {
  return {
    time: table.fixed("time"),
    startTime: table.fixed("start_time"),
    count: table.fixed("count"),
    sum: table.fixed("sum"),
    min: table.fixed("min"),
    max: table.fixed("max"),
    bounds: table.array("bucket_bounds"),
    counts: table.array("bucket_counts"),
    scale: table.fixed("scale"),
    zeroCount: table.fixed("zero_count"),
    zeroThreshold: table.fixed("zero_threshold"),
    positiveOffset: table.fixed("positive_offset"),
    positive: table.array("positive_counts"),
    negativeOffset: table.fixed("negative_offset"),
    negative: table.array("negative_counts"),
    quantiles: table.array("quantiles"),
    quantileValues: table.array("quantile_values"),
  };
}
