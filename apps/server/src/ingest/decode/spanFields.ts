/**
 * The fields of one Span message, read into the properties of one object that every span reuses. Attributes go
 * straight to their column; what a later field may change (ids, events, the route) is kept as a position.
 */
import type { ValueReader } from "./anyValue.ts";
import type { AttributeMap } from "./attributeMap.ts";
import { RouteNamer } from "./route.ts";
import { Ranges } from "./spanRanges.ts";
import { dialectOf } from "./statement/dialect.ts";
import { StatementNormaliser } from "./statement/normalise.ts";
import { KEY } from "./wellKnown.ts";
import { unsigned64, type WireReader } from "./wireReader.ts";
import { INT, STRING } from "./valueKinds.ts";

/** Tag of Span.attributes. */
const ATTRIBUTE = 0x4a;
const HTTP_STATUS_MAX = 599;

export class SpanFields {
  readonly routes: RouteNamer;
  readonly events: Ranges;
  readonly links: Ranges;
  /** Position of an id; 0 when there is none, -1 when it has the wrong length. */
  traceAt = 0;
  spanAt = 0;
  parentAt = 0;
  stateAt = 0;
  stateSize = 0;
  name = 0;
  kind = 0;
  startLo = 0;
  startHi = 0;
  endLo = 0;
  endHi = 0;
  statusCode = 0;
  messageAt = 0;
  messageSize = 0;
  lostAttributes = 0;
  lostEvents = 0;
  lostLinks = 0;
  // Promoted attributes; 0 when the span has none.
  method = 0;
  httpStatus = 0;
  dbSystem = 0;
  requestBytes = 0;
  responseBytes = 0;
  /** Where the statement of a database call lies; 0 when there is none. */
  statementAt = 0;
  statementSize = 0;
  private readonly normaliser = new StatementNormaliser();
  private readonly reader: WireReader;
  private readonly value: ValueReader;
  private readonly attributes: AttributeMap;

  constructor(value: ValueReader, attributes: AttributeMap) {
    this.reader = value.reader;
    this.value = value;
    this.attributes = attributes;
    this.routes = new RouteNamer(value.reader, value.interner);
    this.events = new Ranges(value.limits.eventsMax);
    this.links = new Ranges(value.limits.eventsMax);
  }

  private clear(): void {
    this.routes.clear();
    this.events.clear();
    this.links.clear();
    this.traceAt = 0;
    this.spanAt = 0;
    this.parentAt = 0;
    this.stateSize = 0;
    this.name = 0;
    this.kind = 0;
    this.startLo = 0;
    this.startHi = 0;
    this.endLo = 0;
    this.endHi = 0;
    this.statusCode = 0;
    this.messageSize = 0;
    this.lostAttributes = 0;
    this.lostEvents = 0;
    this.lostLinks = 0;
    this.method = 0;
    this.httpStatus = 0;
    this.dbSystem = 0;
    this.requestBytes = 0;
    this.responseBytes = 0;
    this.statementAt = 0;
  }

  /** Reads the Span message that ends at `end`. */
  read(end: number): void {
    const { reader } = this;
    const { bytes } = reader;
    this.clear();
    let pos = reader.pos;
    while (pos < end) {
      // Attributes shorter than 128 bytes are most of a span.
      const size = bytes[pos + 1]!;
      const pairEnd = pos + 2 + size;
      if (bytes[pos] === ATTRIBUTE && size < 0x80 && pairEnd <= end) {
        reader.pos = pos + 2;
        this.readAttribute(pairEnd);
      } else {
        reader.pos = pos;
        this.readField(end);
      }
      pos = reader.pos;
    }
    if (this.statementAt !== 0) this.addStatement();
  }

  /** Literals are never stored: the statement goes into the map without them, once its dialect is known. */
  private addStatement(): void {
    const { reader, value, normaliser } = this;
    const dialect = dialectOf(this.dbSystem === 0 ? "" : value.interner.text(this.dbSystem));
    const text = normaliser.normalise(reader.bytes, this.statementAt, this.statementSize, dialect);
    this.attributes.addText(KEY.dbQueryText, text);
  }

  private readAttribute(end: number): void {
    const { value } = this;
    value.readKeyValue(end);
    if (value.key > KEY.dbStatement || !this.promote()) this.attributes.add(value);
  }

  private readField(end: number): void {
    const { reader, value } = this;
    const tag = reader.tag(end);
    switch (tag) {
      case ATTRIBUTE:
        this.readAttribute(reader.length(end));
        return;
      case 0x0a:
        this.traceAt = reader.idAt(16, end);
        return;
      case 0x12:
        this.spanAt = reader.idAt(8, end);
        return;
      case 0x22:
        this.parentAt = reader.idAt(8, end);
        return;
      case 0x2a:
        this.name = value.internString(end, value.limits.nameBytesMax);
        return;
      case 0x30:
        this.kind = reader.varint32(end);
        return;
      case 0x39:
        reader.fixed64(end);
        this.startLo = reader.lo;
        this.startHi = reader.hi;
        return;
      case 0x41:
        reader.fixed64(end);
        this.endLo = reader.lo;
        this.endHi = reader.hi;
        return;
      case 0x7a:
        this.readStatus(reader.length(end));
        return;
      default:
        this.readRare(tag, end);
    }
  }

  private readRare(tag: number, end: number): void {
    const { reader } = this;
    switch (tag) {
      case 0x1a: {
        const stateEnd = reader.length(end);
        this.stateAt = reader.pos;
        this.stateSize = stateEnd - reader.pos;
        reader.pos = stateEnd;
        return;
      }
      case 0x50:
        this.lostAttributes = reader.varint32(end) >>> 0;
        return;
      case 0x5a:
        this.note(this.events, end);
        return;
      case 0x60:
        this.lostEvents = reader.varint32(end) >>> 0;
        return;
      case 0x6a:
        this.note(this.links, end);
        return;
      case 0x70:
        this.lostLinks = reader.varint32(end) >>> 0;
        return;
      default:
        reader.skip(tag, end);
    }
  }

  private note(ranges: Ranges, end: number): void {
    const { reader } = this;
    const rangeEnd = reader.length(end);
    ranges.add(reader.pos, rangeEnd);
    reader.pos = rangeEnd;
  }

  private readStatus(end: number): void {
    const { reader } = this;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x18) this.statusCode = reader.varint32(end);
      else if (tag === 0x12) {
        const textEnd = reader.length(end);
        this.messageAt = reader.pos;
        this.messageSize = textEnd - reader.pos;
        reader.pos = textEnd;
      } else reader.skip(tag, end);
    }
  }

  /**
   * Takes the last value as a promoted column or notes it for the route. False when it belongs in the map: always
   * for route parts, and for values a column could not give back (another type, out of range, empty, a second name).
   */
  private promote(): boolean {
    const { value } = this;
    switch (value.key) {
      case KEY.httpRequestMethod:
      case KEY.httpMethod:
        if (this.method !== 0) return false;
        this.method = this.interned();
        return this.method !== 0;
      case KEY.httpResponseStatusCode:
      case KEY.httpStatusCode: {
        const status = this.integer(HTTP_STATUS_MAX);
        if (this.httpStatus !== 0) return false;
        this.httpStatus = status;
        return status !== 0;
      }
      case KEY.dbSystemName:
      case KEY.dbSystem:
        if (this.dbSystem !== 0) return false;
        this.dbSystem = this.interned();
        return this.dbSystem !== 0;
      case KEY.httpRequestBodySize:
      case KEY.httpRequestContentLength:
        if (this.requestBytes !== 0) return false;
        this.requestBytes = this.integer(Number.MAX_SAFE_INTEGER);
        return this.requestBytes !== 0;
      case KEY.httpResponseBodySize:
      case KEY.httpResponseContentLength:
        if (this.responseBytes !== 0) return false;
        this.responseBytes = this.integer(Number.MAX_SAFE_INTEGER);
        return this.responseBytes !== 0;
      case KEY.dbQueryText:
      case KEY.dbStatement:
        if (value.kind !== STRING) return false;
        // The old name beside the new one says the same.
        if (this.statementAt === 0 || value.key === KEY.dbQueryText) {
          this.statementAt = value.start;
          this.statementSize = value.end - value.start;
        }
        return true;
      case KEY.none:
        return false;
      default:
        if (value.kind === STRING) this.routes.note(value.key, value.start, value.end);
        return false;
    }
  }

  private interned(): number {
    const { value, reader } = this;
    const size = value.end - value.start;
    if (value.kind !== STRING || size > value.limits.nameBytesMax) return 0;
    return value.interner.intern(reader.view, value.start, size);
  }

  /** The last value as an integer from 1 to `max`; 0 for everything else. */
  private integer(max: number): number {
    const { value } = this;
    if (value.kind !== INT || value.hi < 0) return 0;
    const number = unsigned64(value.lo, value.hi);
    return number <= max ? number : 0;
  }
}
