/**
 * The fields of one data point of any metric type, read into the properties of one object that every point reuses.
 * Buckets go straight to their columns; write() adds the rest, undo() takes the buckets of a refused point back.
 */
import type { ValueReader } from "./anyValue.ts";
import type { AttributeMap } from "./attributeMap.ts";
import { Buckets, zigzag } from "./buckets.ts";
import { pointColumns, type PointColumns } from "./metricColumns.ts";
import type { FixedColumn } from "./nativeColumns.ts";
import type { NativeTable } from "./nativeTable.ts";
import { Ranges } from "./spanRanges.ts";
import { unsigned64, type WireReader } from "./wireReader.ts";

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
  private readonly buckets: Buckets;

  constructor(value: ValueReader, attributes: AttributeMap, table: NativeTable) {
    this.reader = value.reader;
    this.valueReader = value;
    this.attributes = attributes;
    this.exemplars = new Ranges(value.limits.eventsMax);
    this.columns = pointColumns(table);
    this.buckets = new Buckets(value, this.columns);
  }

  get lostExemplars(): number {
    return this.exemplars.dropped;
  }

  begin(): void {
    this.buckets.begin();
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
    this.buckets.undo();
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
          this.buckets.readFixed(columns.counts, tag, end);
          break;
        case 0x39:
        case 0x3a:
          this.buckets.readFixed(columns.bounds, tag, end);
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
    const counts = this.buckets.size(columns.counts);
    const bounds = this.buckets.size(columns.bounds);
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
          this.positiveOffset = this.buckets.readBuckets(
            this.columns.positive,
            this.positiveOffset,
            reader.length(end),
          );
          break;
        case 0x4a:
          this.negativeOffset = this.buckets.readBuckets(
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
    if (!this.buckets.hasRoom(columns.quantiles, 1)) return;
    this.buckets.appendDouble(columns.quantiles, quantile);
    this.buckets.appendDouble(columns.quantileValues, value);
  }

  private settleMean(): void {
    if (this.buckets.isFull)
      this.fault = `a point has more than ${this.valueReader.limits.bucketsMax} buckets or quantiles`;
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
    this.buckets.endRow(row);
  }
}

function setPair(column: FixedColumn, row: number, lo: number, hi: number): void {
  column.u32[row * 2] = lo;
  column.u32[row * 2 + 1] = hi;
}
