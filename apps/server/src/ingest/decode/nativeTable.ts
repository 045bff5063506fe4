/** The columns of one table between requests, and the block they become. */
import { COLUMNS } from "../../engines/telemetry/columns.ts";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";
import { IngestRefusal, type EncodedRows } from "../types.ts";
import { varintSize } from "./byteColumn.ts";
import type { Interner } from "./interner.ts";
import { LowCardinalityColumn, writeUInt64 } from "./lowCardinality.ts";
import { MapColumn } from "./mapColumn.ts";
import { ArrayColumn, FixedColumn, StringColumn, type NativeColumn } from "./nativeColumns.ts";

const ROWS_BETWEEN_CHECKS = 256;
/** Columns of a block whose type holds LowCardinality begin with its serialisation version. */
const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1;

/** Owner of a table's column buffers; made from COLUMNS[table], so that order and types cannot differ from it. */
export class NativeTable {
  readonly table: TelemetryTable;
  rows = 0;
  private readonly interner: Interner;
  private readonly columns = new Map<string, NativeColumn>();
  private readonly headers: readonly Uint8Array[];
  private readonly list: readonly NativeColumn[];
  private readonly bytesMax: number;
  private rowCapacity = 1024;

  constructor(table: TelemetryTable, interner: Interner, bytesMax: number) {
    this.table = table;
    this.bytesMax = bytesMax;
    this.interner = interner;
    for (const [name, type] of COLUMNS[table]) this.columns.set(name, columnFor(type, interner));
    this.headers = COLUMNS[table].map(([name, type]) => header(name, type));
    this.list = [...this.columns.values()];
  }

  /** Makes row `rows` writable; call it before each row. Refuses a request whose rows are out of proportion. */
  reserveRow(): void {
    if (this.rows % ROWS_BETWEEN_CHECKS === 0) this.checkSize();
    if (this.rows < this.rowCapacity) return;
    this.rowCapacity *= 2;
    for (const column of this.list) column.reserveRows(this.rowCapacity);
  }

  private checkSize(): void {
    let size = 0;
    for (const column of this.list) size += column.estimate(this.rows);
    if (size > this.bytesMax) throw tooManyRowBytes(this.bytesMax);
  }

  /** Gives every row of the block the same string. */
  setConstant(name: string, text: string): void {
    this.interned(name).constant = this.interner.internText(text);
  }

  /** The block of all rows so far, in a buffer of its own. */
  block(): Uint8Array<ArrayBuffer> {
    const { rows } = this;
    let size = varintSize(this.list.length) + varintSize(rows);
    this.list.forEach((column, i) => {
      size += this.headers[i]!.length + column.prepare(rows);
    });
    const out = new Uint8Array(size);
    let at = writeVarint(out, writeVarint(out, 0, this.list.length), rows);
    this.list.forEach((column, i) => {
      out.set(this.headers[i]!, at);
      at = column.write(out, at + this.headers[i]!.length, rows);
    });
    if (at !== size) throw new Error(`The block of ${this.table} has ${at} bytes instead of ${size}.`);
    return out;
  }

  /** The block as the journal takes it; nothing when there are no rows. */
  encoded(): EncodedRows[] {
    return this.rows === 0 ? [] : [{ table: this.table, rows: this.rows, native: this.block() }];
  }

  clear(): void {
    this.rows = 0;
    for (const column of this.list) column.clear();
  }

  fixed(name: string): FixedColumn {
    return this.column(name, FixedColumn);
  }
  string(name: string): StringColumn {
    return this.column(name, StringColumn);
  }
  interned(name: string): LowCardinalityColumn {
    return this.column(name, LowCardinalityColumn);
  }
  map(name: string): MapColumn {
    return this.column(name, MapColumn);
  }
  array(name: string): ArrayColumn {
    return this.column(name, ArrayColumn);
  }

  private column<Kind extends NativeColumn>(
    name: string,
    kind: abstract new (...args: never[]) => Kind,
  ): Kind {
    const column = this.columns.get(name);
    if (!(column instanceof kind)) throw new Error(`${this.table}.${name} is not a ${kind.name}.`);
    return column;
  }
}

/** Rows can take far more than the body they came from: every row repeats its resource, every event becomes JSON. */
export function tooManyRowBytes(bytesMax: number): IngestRefusal {
  return new IngestRefusal(
    "too_large",
    `The request would become more than ${Math.round(bytesMax / 1_048_576)} MiB of rows. Send fewer items a request, ` +
      "shorter resource attributes (every row repeats them) or fewer events.",
  );
}

function columnFor(type: string, interner: Interner): NativeColumn {
  if (type === "String") return new StringColumn();
  if (type === "LowCardinality(String)") return new LowCardinalityColumn(interner);
  if (type === "Map(LowCardinality(String), String)") return new MapColumn(interner);
  if (type === "Array(Float64)" || type === "Array(UInt64)") return new ArrayColumn();
  const fixedString = /^FixedString\((\d+)\)$/.exec(type);
  if (fixedString) return new FixedColumn(Number(fixedString[1]));
  if (type.startsWith("Enum8(") || type === "UInt8" || type === "Int8") return new FixedColumn(1);
  if (type === "UInt16") return new FixedColumn(2);
  if (type === "UInt32" || type === "Int32" || type.startsWith("DateTime(")) return new FixedColumn(4);
  if (type === "UInt64" || type === "Float64" || type.startsWith("DateTime64(")) return new FixedColumn(8);
  throw new Error(`The encoder does not know the column type ${type}.`);
}

function header(name: string, type: string): Uint8Array {
  const prefix = new Uint8Array(type.includes("LowCardinality(") ? 8 : 0);
  if (prefix.length > 0) writeUInt64(prefix, 0, SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS);
  return Buffer.concat([text(name), text(type), prefix]);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  const size = new Uint8Array(varintSize(bytes.length));
  writeVarint(size, 0, bytes.length);
  return Buffer.concat([size, bytes]);
}

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let to = at;
  let rest = value;
  while (rest >= 0x80) {
    out[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[to++] = rest;
  return to;
}
