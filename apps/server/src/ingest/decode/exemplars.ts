/** Exemplars of a metric point as the JSON that metric_points keeps. */
import type { ValueReader } from "./anyValue.ts";
import { JsonAttributes } from "./jsonAttributes.ts";
import { integerText, JsonText, millisecondsText } from "./jsonText.ts";
import type { Ranges } from "./spanRanges.ts";

export class ExemplarText {
  readonly text = new JsonText();
  private readonly value: ValueReader;
  private readonly attributes: JsonAttributes;

  constructor(value: ValueReader) {
    this.value = value;
    this.attributes = new JsonAttributes(value);
  }

  /** `[{"timeMs":…,"value":…,"traceId":…,"spanId":…,"attributes":{…}}]` into `text`; ids only where sent. */
  render(exemplars: Ranges): void {
    this.text.clear();
    for (let i = 0; i < exemplars.count; i++) {
      this.text.raw(i === 0 ? "[" : ",");
      this.renderOne(exemplars.starts[i]!, exemplars.ends[i]!);
    }
    if (exemplars.count > 0) this.text.raw("]");
  }

  private renderOne(start: number, end: number): void {
    const { reader } = this.value;
    let time = "0";
    let number = "0";
    let traceAt = 0;
    let spanAt = 0;
    this.attributes.begin();
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x11) {
        reader.fixed64(end);
        time = millisecondsText(reader.lo, reader.hi);
      } else if (tag === 0x19) {
        const double = reader.double(end);
        number = Number.isFinite(double) ? String(double) : `"${double}"`;
      } else if (tag === 0x31) {
        reader.fixed64(end);
        number = integerText(reader.lo, reader.hi);
      } else if (tag === 0x22) spanAt = reader.idAt(8, end);
      else if (tag === 0x2a) traceAt = reader.idAt(16, end);
      else if (tag === 0x3a) this.attributes.read(reader.length(end));
      else reader.skip(tag, end);
    }
    const { text } = this;
    text.raw(`{"timeMs":${time},"value":${number}`);
    if (traceAt > 0 && spanAt > 0) {
      text.raw(',"traceId":');
      text.hex(reader.bytes, traceAt, 16);
      text.raw(',"spanId":');
      text.hex(reader.bytes, spanAt, 8);
    }
    this.attributes.end(text);
    text.raw("}");
  }
}
