/**
 * Events and links of a span: noted as ranges while the span is read, because what they become depends on fields
 * that may come later; then rendered as the JSON that the spans table keeps.
 */
import type { ValueReader } from "./anyValue.ts";
import { JsonAttributes } from "./jsonAttributes.ts";
import { millisecondsText, type JsonText } from "./jsonText.ts";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** Starts and ends of up to `max` messages of one span. */
export class Ranges {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  count = 0;
  dropped = 0;

  constructor(max: number) {
    this.starts = new Int32Array(max);
    this.ends = new Int32Array(max);
  }

  clear(): void {
    this.count = 0;
    this.dropped = 0;
  }

  add(start: number, end: number): void {
    if (this.count === this.starts.length) {
      this.dropped++;
      return;
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }
}

export class SpanDetails {
  private readonly value: ValueReader;
  private readonly attributes: JsonAttributes;

  constructor(value: ValueReader) {
    this.value = value;
    this.attributes = new JsonAttributes(value);
  }

  /** `[{"timeMs":…,"name":…,"attributes":{…}}]`; nothing at all when there are none. */
  renderEvents(events: Ranges, to: JsonText): void {
    to.clear();
    for (let i = 0; i < events.count; i++) {
      to.raw(i === 0 ? "[" : ",");
      this.renderEvent(events.starts[i]!, events.ends[i]!, to);
    }
    if (events.count > 0) to.raw("]");
  }

  private renderEvent(start: number, end: number, to: JsonText): void {
    const { reader, limits } = this.value;
    reader.pos = start;
    let lo = 0;
    let hi = 0;
    let nameAt = start;
    let nameSize = 0;
    this.attributes.begin();
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) {
        reader.fixed64(end);
        lo = reader.lo;
        hi = reader.hi;
      } else if (tag === 0x12) {
        const nameEnd = reader.length(end);
        nameAt = reader.pos;
        nameSize = nameEnd - nameAt;
        reader.pos = nameEnd;
      } else if (tag === 0x1a) this.attributes.read(reader.length(end));
      else reader.skip(tag, end);
    }
    to.raw(`{"timeMs":${millisecondsText(lo, hi)},"name":`);
    to.quoted(reader.bytes, nameAt, nameSize, limits.nameBytesMax);
    this.attributes.end(to);
    to.raw("}");
  }

  /** `[{"traceId":…,"spanId":…,"attributes":{…}}]`; links without valid ids are left out and counted as dropped. */
  renderLinks(links: Ranges, to: JsonText): void {
    to.clear();
    for (let i = 0; i < links.count; i++) this.renderLink(links, i, to);
    if (to.length > 0) to.raw("]");
  }

  private renderLink(links: Ranges, index: number, to: JsonText): void {
    const { reader } = this.value;
    const end = links.ends[index]!;
    reader.pos = links.starts[index]!;
    let traceAt = 0;
    let spanAt = 0;
    this.attributes.begin();
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) traceAt = reader.idAt(TRACE_ID_BYTES, end);
      else if (tag === 0x12) spanAt = reader.idAt(SPAN_ID_BYTES, end);
      else if (tag === 0x22) this.attributes.read(reader.length(end));
      else reader.skip(tag, end);
    }
    if (traceAt <= 0 || spanAt <= 0) {
      links.dropped++;
      return;
    }
    to.raw(to.length === 0 ? '[{"traceId":' : ',{"traceId":');
    to.hex(reader.bytes, traceAt, TRACE_ID_BYTES);
    to.raw(',"spanId":');
    to.hex(reader.bytes, spanAt, SPAN_ID_BYTES);
    this.attributes.end(to);
    to.raw("}");
  }
}
