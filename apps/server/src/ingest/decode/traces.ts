/**
 * ExportTraceServiceRequest → rows of spans and exceptions: one pass over the wire, no object per span.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
import type { EncodedRows } from "../types.ts";
import type { ValueReader } from "./anyValue.ts";
import { AttributeMap } from "./attributeMap.ts";
import { ExceptionRows, FROM_SPAN, setSender } from "./exceptions.ts";
import type { Guard } from "./guard.ts";
import { GuardedNames } from "./guardedNames.ts";
import { JsonText } from "./jsonText.ts";
import { NativeTable } from "./nativeTable.ts";
import type { ResourceContext } from "./resource.ts";
import { spanColumns, type SpanColumns } from "./spanColumns.ts";
import { SpanFields } from "./spanFields.ts";
import { SpanDetails } from "./spanRanges.ts";
import { spanWeight } from "./spanWeight.ts";
import type { Tally } from "./tally.ts";
import { KEY } from "./wellKnown.ts";
import { nanosToMs, type WireReader } from "./wireReader.ts";

const KINDS = 6;
const STATUS_NAMES = ["unset", "ok", "error"];
const EXCEPTION = "exception";
const TWO_32 = 4_294_967_296;

export class TracesDecoder {
  private readonly reader: WireReader;
  private readonly value: ValueReader;
  private readonly guard: Guard;
  private readonly table: NativeTable;
  private readonly exceptions: ExceptionRows;
  private readonly resource: ResourceContext;
  private readonly attributes: AttributeMap;
  private readonly span: SpanFields;
  private readonly details: SpanDetails;
  private readonly routeGuard: GuardedNames;
  private readonly nameGuard: GuardedNames;
  private readonly eventsText = new JsonText();
  private readonly linksText = new JsonText();
  private readonly columns: SpanColumns;
  private tally!: Tally;
  // Of the span being settled.
  private durationNs = 0;
  private startMs = 0;
  private skew = "";

  constructor(value: ValueReader, resource: ResourceContext, guard: Guard) {
    this.reader = value.reader;
    this.value = value;
    this.guard = guard;
    this.table = new NativeTable("spans", value.interner, value.limits.rowBytesMax);
    this.columns = spanColumns(this.table);
    this.exceptions = new ExceptionRows(value);
    this.resource = resource;
    this.attributes = new AttributeMap(this.table.map("attributes"), value.limits);
    this.span = new SpanFields(value, this.attributes);
    this.details = new SpanDetails(value);
    this.routeGuard = new GuardedNames(value.interner);
    this.nameGuard = new GuardedNames(value.interner);
  }

  /** Decodes the body the reader holds. */
  decode(tally: Tally): EncodedRows[] {
    const { reader, table, exceptions } = this;
    const end = reader.size;
    this.tally = tally;
    table.clear();
    setSender(table, tally);
    exceptions.beginRequest(tally);
    this.resource.beginRequest();
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) this.resourceSpans(reader.length(end));
      else reader.skip(tag, end);
    }
    this.columns.receivedAt.u32.fill(Math.floor(tally.request.receivedAtMs / 1000), 0, table.rows);
    return [...table.encoded(), ...exceptions.table.encoded()];
  }

  private resourceSpans(end: number): void {
    const { reader, resource, tally } = this;
    resource.readResource(end, tally);
    const place = tally.guardPlace(resource.serviceName);
    this.routeGuard.begin(this.guard.set("route", place));
    this.nameGuard.begin(this.guard.set("name", place));
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) this.scopeSpans(reader.length(end));
      else reader.skip(tag, end);
    }
  }

  private scopeSpans(end: number): void {
    const { reader, resource, table, tally } = this;
    resource.readScope(end, this.tally);
    const from = table.rows;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) {
        const spanEnd = reader.length(end);
        this.readSpan(spanEnd);
        reader.pos = spanEnd;
      } else reader.skip(tag, end);
    }
    resource.fillRows(table, from, tally);
  }

  private readSpan(end: number): void {
    const { table, tally, span, attributes } = this;
    tally.countItem();
    table.reserveRow();
    attributes.begin();
    span.read(end);
    if (this.isTaken()) this.writeSpan();
    else attributes.undo();
  }

  /** Checks the span that was read and writes its ids; counts why when it is refused. */
  private isTaken(): boolean {
    const { value, tally } = this;
    const isDeep = this.renderDetails();
    value.isTooDeep = false;
    if (!this.copyIds()) tally.refuse("invalid_id");
    else if (isDeep)
      tally.refuse("invalid", `a value is nested deeper than ${value.limits.nestingMax} levels`);
    else {
      this.settleTimes();
      return tally.admitsTime(this.startMs);
    }
    return false;
  }

  private renderDetails(): boolean {
    const { span } = this;
    this.details.renderEvents(span.events, this.eventsText);
    this.details.renderLinks(span.links, this.linksText);
    return this.value.isTooDeep;
  }

  /** Copies ids as words; false unless both are of the right length and not all zeros. */
  private copyIds(): boolean {
    const { span, columns } = this;
    const { traceAt, spanAt, parentAt } = span;
    if (traceAt <= 0 || spanAt <= 0 || parentAt < 0) return false;
    const { view } = this.reader;
    const row = this.table.rows;
    const trace = columns.traceId.u32;
    let seen = 0;
    for (let i = 0; i < 4; i++) {
      const word = view.getInt32(traceAt + i * 4, true);
      seen |= word;
      trace[row * 4 + i] = word;
    }
    const low = view.getInt32(spanAt, true);
    const high = view.getInt32(spanAt + 4, true);
    columns.spanId.u32[row * 2] = low;
    columns.spanId.u32[row * 2 + 1] = high;
    columns.parentId.u32[row * 2] = parentAt === 0 ? 0 : view.getInt32(parentAt, true);
    columns.parentId.u32[row * 2 + 1] = parentAt === 0 ? 0 : view.getInt32(parentAt + 4, true);
    return seen !== 0 && (low | high) !== 0;
  }

  /** A start of 0 is the time of arrival; impossible durations become 0 or the longest we keep, and say so. */
  private settleTimes(): void {
    const { span, tally } = this;
    const { startLo, startHi, endLo, endHi } = span;
    this.skew = "";
    if (startLo === 0 && startHi === 0) {
      span.startLo = tally.receivedLo;
      span.startHi = tally.receivedHi;
      this.durationNs = 0;
    } else {
      const longestNs = this.value.limits.durationMsMax * 1e6;
      // Exact: the halves' differences stay below 2^53 for every duration that is not cut.
      const durationNs = ((endHi >>> 0) - (startHi >>> 0)) * TWO_32 + ((endLo >>> 0) - (startLo >>> 0));
      if (durationNs < 0) this.skew = "end before start";
      else if (durationNs > longestNs) this.skew = "duration cut";
      this.durationNs = durationNs < 0 ? 0 : Math.min(durationNs, longestNs);
    }
    this.startMs = nanosToMs(span.startLo, span.startHi);
  }

  private writeSpan(): void {
    const { span, columns, table, tally, reader, value } = this;
    const row = table.rows;
    tally.accept(this.startMs);
    this.endAttributes(row);
    const askedRoute = span.routes.name(span.kind, span.method, span.name);
    const route = this.routeGuard.admit(askedRoute);
    const name = this.nameGuard.admit(span.name);
    if (route !== askedRoute || name !== span.name) {
      if (!this.resource.isServiceFolded) tally.overflowed++;
    }
    columns.time.u32[row * 2] = span.startLo;
    columns.time.u32[row * 2 + 1] = span.startHi;
    columns.duration.u32[row * 2] = this.durationNs % TWO_32;
    columns.duration.u32[row * 2 + 1] = this.durationNs / TWO_32;
    columns.name.ids[row] = name;
    columns.kind.u8[row] = span.kind > 0 && span.kind < KINDS ? span.kind : 0;
    columns.status.u8[row] =
      span.statusCode > 0 && span.statusCode < STATUS_NAMES.length ? span.statusCode : 0;
    columns.route.ids[row] = route;
    columns.method.ids[row] = span.method;
    columns.httpStatus.u16[row] = span.httpStatus;
    columns.requestBytes.u32[row * 2] = span.requestBytes % TWO_32;
    columns.requestBytes.u32[row * 2 + 1] = span.requestBytes / TWO_32;
    columns.responseBytes.u32[row * 2] = span.responseBytes % TWO_32;
    columns.responseBytes.u32[row * 2 + 1] = span.responseBytes / TWO_32;
    columns.dbSystem.ids[row] = span.dbSystem;
    const limit = value.limits.attributeValueBytesMax;
    columns.statusMessage.appendLimited(reader.bytes, reader.view, span.messageAt, span.messageSize, limit);
    columns.traceState.appendLimited(reader.bytes, reader.view, span.stateAt, span.stateSize, limit);
    columns.weight.u16[row] = spanWeight(reader.bytes, span.stateAt, span.stateSize, traceWord(columns, row));
    columns.events.appendWhole(this.eventsText);
    columns.links.appendWhole(this.linksText);
    table.rows++;
    if (span.events.count > 0) this.writeExceptions(row, route);
    if (tally.takesTailItem()) this.addTailItem(row, name);
  }

  private endAttributes(row: number): void {
    const { span, attributes, tally } = this;
    const { events, links } = span;
    if (this.skew !== "") attributes.note(KEY.clockSkew, this.skew);
    if (span.lostAttributes !== 0) attributes.note(KEY.senderDroppedAttributes, String(span.lostAttributes));
    if (span.lostEvents !== 0) attributes.note(KEY.senderDroppedEvents, String(span.lostEvents));
    if (span.lostLinks !== 0) attributes.note(KEY.senderDroppedLinks, String(span.lostLinks));
    if (events.dropped !== 0) attributes.note(KEY.droppedEvents, String(events.dropped));
    if (links.dropped !== 0) attributes.note(KEY.droppedLinks, String(links.dropped));
    const isTrimmed = attributes.end(row);
    if (isTrimmed || events.dropped !== 0 || links.dropped !== 0) tally.trimmed++;
  }

  private writeExceptions(row: number, route: number): void {
    const { events } = this.span;
    for (let i = 0; i < events.count; i++) {
      this.writeException(events.starts[i]!, events.ends[i]!, row, route);
    }
  }

  private writeException(start: number, end: number, row: number, route: number): void {
    const { reader, value, exceptions, span, columns } = this;
    let timeLo = span.startLo;
    let timeHi = span.startHi;
    let isException = false;
    exceptions.begin();
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) {
        reader.fixed64(end);
        // An event's own clock may be wrong too; then the span's time stands in.
        const timeMs = nanosToMs(reader.lo, reader.hi);
        if (this.tally.isPlausible(timeMs)) {
          timeLo = reader.lo;
          timeHi = reader.hi;
        }
      } else if (tag === 0x12) {
        const nameEnd = reader.length(end);
        isException = isText(reader.bytes, reader.pos, nameEnd, EXCEPTION);
        reader.pos = nameEnd;
      } else if (tag === 0x1a) {
        const pairEnd = reader.length(end);
        value.readKeyValue(pairEnd);
        exceptions.attribute();
        reader.pos = pairEnd;
      } else reader.skip(tag, end);
    }
    if (!isException) {
      exceptions.undo();
      return;
    }
    const { traceId, spanId } = columns;
    const weight = columns.weight.u16[row]!;
    const origin = { source: FROM_SPAN, traceId, spanId, row, timeLo, timeHi, route, weight } as const;
    exceptions.end(this.resource, this.tally, origin);
  }

  private addTailItem(row: number, name: number): void {
    const { columns, tally, value } = this;
    tally.tail.push({
      kind: "span",
      timeMs: this.startMs,
      service: this.resource.serviceName,
      text: value.interner.text(name),
      severity: STATUS_NAMES[columns.status.u8[row]!]!,
      durationMs: this.durationNs / 1e6,
      traceId: Buffer.from(columns.traceId.u8.buffer, row * 16, 16).toString("hex"),
      spanId: Buffer.from(columns.spanId.u8.buffer, row * 8, 8).toString("hex"),
    });
  }
}

/** The end of the trace id: the part that is random. */
function traceWord({ traceId }: SpanColumns, row: number): number {
  return traceId.u32[row * 4 + 3]!;
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
