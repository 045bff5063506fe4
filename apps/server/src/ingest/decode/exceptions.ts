/** Rows of the exceptions table, from span events named `exception` and from log records that carry one. */
import type { ValueReader } from "./anyValue.ts";
import { AttributeMap } from "./attributeMap.ts";
import { fingerprintText } from "./fingerprint.ts";
import { Hash64 } from "./hash64.ts";
import type { FixedColumn } from "./nativeColumns.ts";
import { NativeTable } from "./nativeTable.ts";
import type { ResourceContext } from "./resource.ts";
import type { Tally } from "./tally.ts";
import { KEY } from "./wellKnown.ts";
import { BOOL, NONE, STRING } from "./valueKinds.ts";

export const FROM_SPAN = 1;
export const FROM_LOG = 2;
const UNKNOWN_TYPE = "Error";
const FINGERPRINTS_REMEMBERED = 2000;

/** Where an exception's row takes its time and ids from: a row of the spans or logs table. */
export interface ExceptionOrigin {
  readonly source: typeof FROM_SPAN | typeof FROM_LOG;
  readonly traceId: FixedColumn;
  readonly spanId: FixedColumn;
  readonly row: number;
  readonly timeLo: number;
  readonly timeHi: number;
  readonly route: number;
  /** Of the span; 1 of a log record. */
  readonly weight: number;
}

/** Feed it an exception's attributes between begin() and end(); undoRows() forgets those of a refused item. */
export class ExceptionRows {
  readonly table: NativeTable;
  private readonly value: ValueReader;
  private readonly attributes: AttributeMap;
  private readonly hash = new Hash64();
  private readonly textHash = new Hash64();
  private readonly fingerprints = new Map<string, { readonly lo: number; readonly hi: number }>();
  private type = 0;
  private messageStart = 0;
  private messageEnd = 0;
  private stackStart = 0;
  private stackEnd = 0;
  private escaped = 0;

  constructor(value: ValueReader) {
    this.value = value;
    this.table = new NativeTable("exceptions", value.interner, value.limits.rowBytesMax);
    this.attributes = new AttributeMap(this.table.map("attributes"), value.limits);
  }

  beginRequest(tally: Tally): void {
    this.table.clear();
    setSender(this.table, tally);
  }

  begin(): void {
    this.table.reserveRow();
    this.attributes.begin();
    this.type = 0;
    this.messageStart = 0;
    this.messageEnd = 0;
    this.stackStart = 0;
    this.stackEnd = 0;
    this.escaped = 0;
  }

  /** The last value read. Returns true when it was one of exception.*; others go to the row's attributes. */
  attribute(): boolean {
    const { value } = this;
    const isText = value.kind === STRING && value.end > value.start;
    switch (value.key) {
      case KEY.exceptionType: {
        if (!isText) break;
        const { view } = value.reader;
        const size = value.end - value.start;
        this.type = value.interner.internLimited(view, value.start, size, value.limits.nameBytesMax);
        return true;
      }
      case KEY.exceptionMessage:
        if (!isText) break;
        this.messageStart = value.start;
        this.messageEnd = value.end;
        return true;
      case KEY.exceptionStacktrace:
        if (!isText) break;
        this.stackStart = value.start;
        this.stackEnd = value.end;
        return true;
      case KEY.exceptionEscaped:
        // A boolean by the conventions, sent as text by some SDKs.
        this.escaped =
          value.kind === BOOL ? value.lo : value.kind !== NONE && value.text(8) === "true" ? 1 : 0;
        return true;
      default:
    }
    this.attributes.add(value);
    return false;
  }

  /** Whether the attributes so far describe an exception at all. */
  get isException(): boolean {
    return this.type !== 0 || this.messageEnd > 0 || this.stackEnd > 0;
  }

  undo(): void {
    this.attributes.undo();
  }

  end(resource: ResourceContext, tally: Tally, origin: ExceptionOrigin): void {
    const { table, value } = this;
    const { reader, limits, interner } = value;
    const row = table.rows;
    if (this.type === 0) this.type = interner.internText(UNKNOWN_TYPE);
    table.interned("service").ids[row] = resource.service;
    table.interned("service_version").ids[row] = resource.version;
    table.interned("environment").ids[row] = resource.environment;
    table.interned("route").ids[row] = origin.route;
    table.interned("type").ids[row] = this.type;
    const time = table.fixed("time").u32;
    time[row * 2] = origin.timeLo;
    time[row * 2 + 1] = origin.timeHi;
    copyCells(origin.traceId, origin.row, table.fixed("trace_id"), row, 4);
    copyCells(origin.spanId, origin.row, table.fixed("span_id"), row, 2);
    table.fixed("source").u8[row] = origin.source;
    table.fixed("escaped").u8[row] = this.escaped;
    table.fixed("weight").u16[row] = origin.weight;
    table.fixed("received_at").u32[row] = Math.floor(tally.request.receivedAtMs / 1000);
    const { messageStart, messageEnd, stackStart, stackEnd } = this;
    const message = table.string("message");
    message.appendLimited(
      reader.bytes,
      reader.view,
      messageStart,
      messageEnd - messageStart,
      limits.attributeValueBytesMax,
    );
    const stack = table.string("stacktrace");
    stack.appendLimited(reader.bytes, reader.view, stackStart, stackEnd - stackStart, limits.stackBytesMax);
    const { lo, hi } = this.fingerprint(resource.serviceName);
    const fingerprint = table.fixed("fingerprint").u32;
    fingerprint[row * 2] = lo;
    fingerprint[row * 2 + 1] = hi;
    this.attributes.end(row);
    table.rows++;
  }

  /** Parsing a stack takes microseconds and errors repeat, so results are kept by a hash of the raw texts. */
  private fingerprint(service: string): { readonly lo: number; readonly hi: number } {
    const { reader, interner } = this.value;
    const { bytes } = reader;
    const raw = this.hash.begin().addText(service).addText(interner.text(this.type));
    raw.add(bytes, this.messageStart, this.messageEnd).add(bytes, this.stackStart, this.stackEnd).end();
    const key = `${raw.lo},${raw.hi}`;
    const known = this.fingerprints.get(key);
    if (known !== undefined) return known;
    const text = fingerprintText(
      service,
      interner.text(this.type),
      Buffer.from(bytes.buffer, this.messageStart, this.messageEnd - this.messageStart).toString("utf8"),
      Buffer.from(bytes.buffer, this.stackStart, this.stackEnd - this.stackStart).toString("utf8"),
    );
    const { lo, hi } = this.textHash.begin().addText(text).end();
    if (this.fingerprints.size >= FINGERPRINTS_REMEMBERED) this.fingerprints.clear();
    this.fingerprints.set(key, { lo, hi });
    return { lo, hi };
  }
}

/** The columns that say who sent a block; the same for all its rows. */
export function setSender(table: NativeTable, tally: Tally): void {
  const { sender } = tally.request;
  table.setConstant("tenant_id", sender.tenantId);
  table.setConstant("project_id", sender.projectId);
  table.setConstant("ingest_key", sender.keyId);
}

function copyCells(from: FixedColumn, fromRow: number, to: FixedColumn, toRow: number, words: number): void {
  for (let i = 0; i < words; i++) to.u32[toRow * words + i] = from.u32[fromRow * words + i]!;
}
