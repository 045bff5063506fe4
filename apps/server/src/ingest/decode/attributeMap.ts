/** Fills one row of a Map column, within the limits. */
import type { ValueReader } from "./anyValue.ts";
import type { MapColumn } from "./mapColumn.ts";
import type { DecodeLimits } from "./limits.ts";
import { KEY } from "./wellKnown.ts";
import { STRING } from "./valueKinds.ts";

/** The attributes of one item at a time: begin(), add() for each, end(); or undo() when the item is refused. */
export class AttributeMap {
  readonly column: MapColumn;
  private readonly limits: DecodeLimits;
  /** Where the item's pairs begin in the column. */
  startCount = 0;
  startLength = 0;
  private endCount = 0;
  private dropped = 0;

  constructor(column: MapColumn, limits: DecodeLimits) {
    this.column = column;
    this.limits = limits;
  }

  begin(): void {
    this.startCount = this.column.count;
    this.startLength = this.column.values.length;
    this.endCount = this.startCount + this.limits.attributesMax;
    this.dropped = 0;
  }

  /** The last value read, under its key. */
  add(value: ValueReader): void {
    const { column } = this;
    if (column.count >= this.endCount) {
      this.dropped++;
      return;
    }
    column.addKey(value.key);
    const size = value.end - value.start;
    if (value.kind === STRING && size <= this.limits.attributeValueBytesMax) {
      const { reader } = value;
      column.values.appendString(reader.bytes, reader.view, value.start, size);
    } else value.appendTo(column.values, this.limits.attributeValueBytesMax);
  }

  /** A text that was put together from an attribute of the sender's, under `key`. */
  addText(key: number, text: Uint8Array): void {
    const { column } = this;
    if (column.count >= this.endCount) {
      this.dropped++;
      return;
    }
    column.addKey(key);
    const { attributeValueBytesMax } = this.limits;
    const view = new DataView(text.buffer, text.byteOffset);
    column.values.appendLimited(text, view, 0, text.length, attributeValueBytesMax);
  }

  /** An attribute of our own making; not counted against the limit. */
  note(key: number, text: string): void {
    this.column.addKey(key);
    this.column.values.appendText(Buffer.from(text));
    this.endCount++;
  }

  /** Ends the row; returns true when attributes were dropped (which the row then says itself). */
  end(row: number): boolean {
    const isTrimmed = this.dropped > 0;
    if (isTrimmed) this.note(KEY.droppedAttributes, String(this.dropped));
    this.column.endRow(row);
    return isTrimmed;
  }

  undo(): void {
    this.column.count = this.startCount;
    this.column.values.length = this.startLength;
  }
}
