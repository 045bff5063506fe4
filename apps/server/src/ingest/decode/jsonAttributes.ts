/** Attributes of events, links and exemplars: a JSON object of texts. */
import type { ValueReader } from "./anyValue.ts";
import { JsonText } from "./jsonText.ts";

export class JsonAttributes {
  private readonly value: ValueReader;
  private readonly text = new JsonText();
  private count = 0;

  constructor(value: ValueReader) {
    this.value = value;
  }

  begin(): void {
    this.text.clear();
    this.count = 0;
  }

  /** Reads the KeyValue that ends at `end`. */
  read(end: number): void {
    const { value, text } = this;
    const { reader, interner, limits } = value;
    value.readKeyValue(end);
    reader.pos = end;
    if (this.count++ >= limits.attributesMax) return;
    if (text.length > 0) text.raw(",");
    const key = value.key;
    text.quoted(interner.arena, interner.offsets[key]!, interner.lengths[key]!, interner.lengths[key]!);
    text.raw(":");
    value.quotedText(text, limits.attributeValueBytesMax);
  }

  /** Appends `,"attributes":{…}`. */
  end(to: JsonText): void {
    const dropped = this.count - this.value.limits.attributesMax;
    if (dropped > 0) this.text.raw(`,"throughline.dropped_attributes":"${dropped}"`);
    to.raw(',"attributes":{');
    to.appendRaw(this.text.bytes.subarray(0, this.text.length));
    to.raw("}");
  }
}
