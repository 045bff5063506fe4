/**
 * ExportMetricsServiceRequest → rows of metric_points: one a data point, whatever the type.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
import type { EncodedRows } from "../types.ts";
import type { ValueReader } from "./anyValue.ts";
import { AttributeMap } from "./attributeMap.ts";
import { ExemplarText } from "./exemplars.ts";
import { setSender } from "./exceptions.ts";
import { seriesFingerprintOf, type Guard, type GuardSet } from "./guard.ts";
import { GuardedNames } from "./guardedNames.ts";
import { Hash64 } from "./hash64.ts";
import { metricColumns, type MetricColumns } from "./metricColumns.ts";
import { EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, PointFields, SUM, SUMMARY } from "./metricPoint.ts";
import { NativeTable } from "./nativeTable.ts";
import type { ResourceContext } from "./resource.ts";
import type { Tally } from "./tally.ts";
import { KEY } from "./wellKnown.ts";
import { nanosToMs, type WireReader } from "./wireReader.ts";

/** Field number of Metric.data by type of metric. */
const TYPE_OF_TAG: Readonly<Record<number, number>> = {
  0x2a: GAUGE,
  0x3a: SUM,
  0x4a: HISTOGRAM,
  0x52: EXPONENTIAL_HISTOGRAM,
  0x5a: SUMMARY,
};
const TEMPORALITIES = 3;
/** Set in `flags` of a point whose value is not a finite number, as senders do for one they did not record. */
const NO_RECORDED_VALUE = 1;

export class MetricsDecoder {
  private readonly reader: WireReader;
  private readonly value: ValueReader;
  private readonly guard: Guard;
  private readonly table: NativeTable;
  private readonly columns: MetricColumns;
  private readonly resource: ResourceContext;
  private readonly attributes: AttributeMap;
  private readonly point: PointFields;
  private readonly exemplars: ExemplarText;
  private readonly metricGuard: GuardedNames;
  private readonly hash = new Hash64();
  private readonly resourceHash = new Hash64();
  private tally!: Tally;
  // The metric being read.
  private metric = 0;
  private isMetricFolded = false;
  private unit = 0;
  private description = 0;
  private type = GAUGE;
  private temporality = 0;
  private isMonotonic = 0;
  private series: GuardSet | undefined;

  constructor(value: ValueReader, resource: ResourceContext, guard: Guard) {
    this.reader = value.reader;
    this.value = value;
    this.guard = guard;
    this.resource = resource;
    this.table = new NativeTable("metric_points", value.interner, value.limits.rowBytesMax);
    this.columns = metricColumns(this.table);
    this.attributes = new AttributeMap(this.table.map("attributes"), value.limits);
    this.point = new PointFields(value, this.attributes, this.table);
    this.exemplars = new ExemplarText(value);
    this.metricGuard = new GuardedNames(value.interner);
  }

  /** Decodes the body the reader holds. */
  decode(tally: Tally): EncodedRows[] {
    const { reader, table } = this;
    const end = reader.size;
    this.tally = tally;
    table.clear();
    setSender(table, tally);
    this.resource.beginRequest();
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) this.resourceMetrics(reader.length(end));
      else reader.skip(tag, end);
    }
    this.columns.receivedAt.u32.fill(Math.floor(tally.request.receivedAtMs / 1000), 0, table.rows);
    return table.encoded();
  }

  private resourceMetrics(end: number): void {
    const { reader, resource, tally } = this;
    resource.readResource(end, tally);
    this.metricGuard.begin(this.guard.set("metric", tally.guardPlace(resource.serviceName)));
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) this.scopeMetrics(reader.length(end));
      else reader.skip(tag, end);
    }
  }

  private scopeMetrics(end: number): void {
    const { reader, resource, table } = this;
    resource.readScope(end, this.tally);
    this.hashResource();
    const from = table.rows;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) {
        const metricEnd = reader.length(end);
        this.readMetric(metricEnd);
        reader.pos = metricEnd;
      } else reader.skip(tag, end);
    }
    resource.fillRows(table, from, this.tally);
  }

  /** Everything of a series' identity that its metrics share: the whole resource and the scope. */
  private hashResource(): void {
    const { resource, value } = this;
    const { pairs } = resource;
    const hash = this.resourceHash.begin();
    for (const id of [resource.service, resource.version, resource.environment, resource.scope]) {
      hash.addInterned(value.interner, id);
    }
    hash.addPairs(pairs, 0, 0, value.interner);
  }

  /** Name, unit and kind first: protobuf lets them follow the points. */
  private readMetric(end: number): void {
    const { reader, value } = this;
    const { nameBytesMax } = value.limits;
    this.tally.countGroup();
    let name = 0;
    let dataStart = 0;
    let dataEnd = 0;
    this.unit = 0;
    this.description = 0;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) name = value.internString(end, nameBytesMax);
      else if (tag === 0x12) this.description = value.internString(end, nameBytesMax);
      else if (tag === 0x1a) this.unit = value.internString(end, nameBytesMax);
      else if (TYPE_OF_TAG[tag] !== undefined) {
        this.type = TYPE_OF_TAG[tag];
        dataEnd = reader.length(end);
        dataStart = reader.pos;
        reader.pos = dataEnd;
      } else reader.skip(tag, end);
    }
    this.metric = this.metricGuard.admit(name);
    this.isMetricFolded = this.metric !== name;
    this.series = undefined;
    reader.pos = dataStart;
    this.readKind(dataEnd);
    reader.pos = dataStart;
    this.readPoints(dataEnd);
  }

  private readKind(end: number): void {
    const { reader } = this;
    this.temporality = 0;
    this.isMonotonic = 0;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x10) {
        const temporality = reader.varint32(end);
        this.temporality = temporality > 0 && temporality < TEMPORALITIES ? temporality : 0;
      } else if (tag === 0x18 && this.type === SUM) this.isMonotonic = reader.varint32(end) === 0 ? 0 : 1;
      else reader.skip(tag, end);
    }
  }

  private readPoints(end: number): void {
    const { reader } = this;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) {
        const pointEnd = reader.length(end);
        this.readPoint(pointEnd);
        reader.pos = pointEnd;
      } else reader.skip(tag, end);
    }
  }

  private readPoint(end: number): void {
    const { table, tally, attributes, point, value } = this;
    tally.countItem();
    table.reserveRow();
    attributes.begin();
    point.begin();
    point.read(this.type, end);
    this.exemplars.render(point.exemplars);
    const isDeep = value.isTooDeep;
    value.isTooDeep = false;
    if (point.timeLo === 0 && point.timeHi === 0) {
      point.timeLo = tally.receivedLo;
      point.timeHi = tally.receivedHi;
    }
    const timeMs = nanosToMs(point.timeLo, point.timeHi);
    if (isDeep) tally.refuseDeep();
    else if (this.metric === 0) tally.refuse("invalid", "a metric needs a name");
    else if (point.fault !== "") tally.refuse("invalid", point.fault);
    else if (tally.admitsTime(timeMs)) {
      this.writePoint(timeMs);
      return;
    }
    attributes.undo();
    point.undo();
  }

  private writePoint(timeMs: number): void {
    const { table, tally, columns, point, attributes } = this;
    const row = table.rows;
    tally.accept(timeMs);
    const isFolded = this.settleSeries();
    if ((isFolded || this.isMetricFolded) && !this.resource.isServiceFolded) tally.overflowed++;
    if (point.lostExemplars > 0) attributes.note(KEY.droppedExemplars, String(point.lostExemplars));
    if (attributes.end(row) || point.lostExemplars > 0) tally.trimmed++;
    columns.metric.ids[row] = this.metric;
    columns.seriesId.u32[row * 2] = this.hash.lo;
    columns.seriesId.u32[row * 2 + 1] = this.hash.hi;
    columns.type.u8[row] = this.type;
    columns.temporality.u8[row] = this.temporality;
    columns.isMonotonic.u8[row] = this.isMonotonic;
    columns.unit.ids[row] = this.unit;
    columns.description.ids[row] = this.description;
    const isRecorded = Number.isFinite(point.value);
    columns.value.f64[row] = isRecorded ? point.value : 0;
    columns.flags.u32[row] = isRecorded ? point.flags : point.flags | NO_RECORDED_VALUE;
    point.write(row);
    table.string("exemplars").appendWhole(this.exemplars.text);
    table.rows++;
  }

  /** Computes the series' id; past the guard's bound the point joins the metric's one overflow series. */
  private settleSeries(): boolean {
    this.hashSeries();
    this.series ??= this.guard.set(
      "series",
      this.tally.guardPlace(this.resource.serviceName, this.value.interner.text(this.metric)),
    );
    if (this.series.admits(seriesFingerprintOf(this.hash.lo, this.hash.hi))) return false;
    this.attributes.undo();
    this.attributes.begin();
    this.attributes.note(KEY.metricOverflow, "true");
    this.hashSeries();
    return true;
  }

  private hashSeries(): void {
    const { attributes, resourceHash, value } = this;
    this.hash.begin().addWords(resourceHash.lo, resourceHash.hi).addInterned(value.interner, this.metric);
    this.hash
      .addPairs(attributes.column, attributes.startCount, attributes.startLength, value.interner)
      .end();
  }
}
