/**
 * ExportLogsServiceRequest → rows of logs, and of exceptions for records that carry exception.* attributes.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
import type { EncodedRows } from "../types.ts";
import type { ValueReader } from "./anyValue.ts";
import { AttributeMap } from "./attributeMap.ts";
import { ExceptionRows, FROM_LOG, setSender } from "./exceptions.ts";
import { JsonText } from "./jsonText.ts";
import { logColumns, type LogColumns } from "./logColumns.ts";
import type { FixedColumn } from "./nativeColumns.ts";
import { NativeTable } from "./nativeTable.ts";
import type { ResourceContext } from "./resource.ts";
import type { Tally } from "./tally.ts";
import { KEY } from "./wellKnown.ts";
import { nanosToMs, type WireReader } from "./wireReader.ts";
import { NONE } from "./valueKinds.ts";

const SEVERITY_MAX = 24;
const SEVERITY_NAMES = ["trace", "debug", "info", "warn", "error", "fatal"];
const TAIL_CHARACTERS = 500;

export class LogsDecoder {
  private readonly reader: WireReader;
  private readonly value: ValueReader;
  private readonly table: NativeTable;
  private readonly columns: LogColumns;
  private readonly exceptions: ExceptionRows;
  private readonly resource: ResourceContext;
  private readonly attributes: AttributeMap;
  private readonly body = new JsonText();
  private tally!: Tally;
  // Fields of the record being read.
  private timeLo = 0;
  private timeHi = 0;
  private observedLo = 0;
  private observedHi = 0;
  private severity = 0;
  private severityText = 0;
  private eventName = 0;
  private flags = 0;
  private lostAttributes = 0;
  /** Position of an id; 0 when there is none, -1 when it has the wrong length. */
  private traceAt = 0;
  private spanAt = 0;
  private hasException = false;

  constructor(value: ValueReader, resource: ResourceContext) {
    this.reader = value.reader;
    this.value = value;
    this.resource = resource;
    this.table = new NativeTable("logs", value.interner, value.limits.rowBytesMax);
    this.columns = logColumns(this.table);
    this.exceptions = new ExceptionRows(value);
    this.attributes = new AttributeMap(this.table.map("attributes"), value.limits);
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
      if (tag === 0x0a) this.resourceLogs(reader.length(end));
      else reader.skip(tag, end);
    }
    this.columns.receivedAt.u32.fill(Math.floor(tally.request.receivedAtMs / 1000), 0, table.rows);
    return [...table.encoded(), ...exceptions.table.encoded()];
  }

  private resourceLogs(end: number): void {
    const { reader } = this;
    this.resource.readResource(end, this.tally);
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) this.scopeLogs(reader.length(end));
      else reader.skip(tag, end);
    }
  }

  private scopeLogs(end: number): void {
    const { reader, resource, table } = this;
    resource.readScope(end, this.tally);
    const from = table.rows;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) {
        const recordEnd = reader.length(end);
        this.readRecord(recordEnd);
        reader.pos = recordEnd;
      } else reader.skip(tag, end);
    }
    resource.fillRows(table, from, this.tally);
  }

  private readRecord(end: number): void {
    const { reader, table, attributes, tally, value } = this;
    const start = reader.pos;
    tally.countItem();
    table.reserveRow();
    attributes.begin();
    this.readFields(end);
    const isDeep = value.isTooDeep;
    value.isTooDeep = false;
    this.settleTimes();
    const timeMs = nanosToMs(this.timeLo, this.timeHi);
    if (isDeep) tally.refuseDeep();
    else if (tally.admitsTime(timeMs) && tally.admitsRecord(this.eventName !== 0)) {
      this.writeRecord(timeMs);
      if (this.hasException) this.writeException(start, end);
      return;
    }
    attributes.undo();
  }

  private clearFields(): void {
    this.timeLo = 0;
    this.timeHi = 0;
    this.observedLo = 0;
    this.observedHi = 0;
    this.severity = 0;
    this.severityText = 0;
    this.eventName = 0;
    this.flags = 0;
    this.lostAttributes = 0;
    this.traceAt = 0;
    this.spanAt = 0;
    this.hasException = false;
    this.body.length = 0;
  }

  private readFields(end: number): void {
    const { reader, value, attributes } = this;
    const { limits } = value;
    this.clearFields();
    while (reader.pos < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x09:
          reader.fixed64(end);
          this.timeLo = reader.lo;
          this.timeHi = reader.hi;
          break;
        case 0x10:
          this.severity = reader.varint32(end);
          break;
        case 0x1a:
          this.severityText = value.internString(end, limits.nameBytesMax);
          break;
        case 0x2a:
          value.readValue(reader.length(end));
          this.body.length = 0;
          if (value.kind !== NONE) value.appendTo(this.body, limits.logBodyBytesMax);
          break;
        case 0x32:
          value.readKeyValue(reader.length(end));
          if (value.key >= KEY.exceptionType && value.key <= KEY.exceptionStacktrace)
            this.hasException = true;
          attributes.add(value);
          break;
        case 0x38:
          this.lostAttributes = reader.varint32(end) >>> 0;
          break;
        case 0x45:
          this.flags = reader.fixed32(end);
          break;
        case 0x4a:
          this.traceAt = reader.idAt(16, end);
          break;
        case 0x52:
          this.spanAt = reader.idAt(8, end);
          break;
        case 0x59:
          reader.fixed64(end);
          this.observedLo = reader.lo;
          this.observedHi = reader.hi;
          break;
        case 0x62:
          this.eventName = value.internString(end, limits.nameBytesMax);
          break;
        default:
          reader.skip(tag, end);
      }
    }
  }

  /** The data model's rule: a record without a time has the time it was observed, else that of its arrival. */
  private settleTimes(): void {
    const { tally } = this;
    const isObserved = tally.isPlausible(nanosToMs(this.observedLo, this.observedHi));
    if (!isObserved) {
      this.observedLo = tally.receivedLo;
      this.observedHi = tally.receivedHi;
    }
    if (this.timeLo === 0 && this.timeHi === 0) {
      this.timeLo = this.observedLo;
      this.timeHi = this.observedHi;
    }
  }

  private writeRecord(timeMs: number): void {
    const { columns, table, tally, attributes } = this;
    const row = table.rows;
    tally.accept(timeMs);
    if (this.eventName !== 0) tally.events++;
    columns.time.u32[row * 2] = this.timeLo;
    columns.time.u32[row * 2 + 1] = this.timeHi;
    columns.observedTime.u32[row * 2] = this.observedLo;
    columns.observedTime.u32[row * 2 + 1] = this.observedHi;
    columns.severity.u8[row] = this.severity > 0 && this.severity <= SEVERITY_MAX ? this.severity : 0;
    columns.severityText.ids[row] = this.severityText;
    columns.eventName.ids[row] = this.eventName;
    columns.flags.u32[row] = this.flags;
    this.copyId(this.traceAt, columns.traceId, row);
    this.copyId(this.spanAt, columns.spanId, row);
    if (this.traceAt < 0 || this.spanAt < 0) {
      const which = this.traceAt < 0 ? "trace_id" : "span_id";
      attributes.note(KEY.invalidId, `${which} of a wrong length was dropped`);
    }
    if (this.lostAttributes !== 0) attributes.note(KEY.senderDroppedAttributes, String(this.lostAttributes));
    if (attributes.end(row)) tally.trimmed++;
    // The body was put together with its length before it, as the column wants it.
    if (this.body.length === 0) columns.body.appendEmpty();
    else columns.body.appendRaw(this.body.bytes.subarray(0, this.body.length));
    table.rows++;
    if (tally.takesTailItem()) this.addTailItem(row, timeMs);
  }

  /** Ids are optional in logs; what has another length is stored as zeros. */
  private copyId(at: number, column: FixedColumn, row: number): void {
    const words = column.rowBytes / 4;
    const { view } = this.reader;
    for (let i = 0; i < words; i++)
      column.u32[row * words + i] = at > 0 ? view.getInt32(at + i * 4, true) : 0;
  }

  private writeException(start: number, end: number): void {
    const { reader, value, exceptions, columns, table } = this;
    exceptions.begin();
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x32) {
        value.readKeyValue(reader.length(end));
        exceptions.attribute();
      } else reader.skip(tag, end);
    }
    if (!exceptions.isException) {
      exceptions.undo();
      return;
    }
    const { traceId, spanId } = columns;
    const { timeLo, timeHi } = this;
    const origin = {
      source: FROM_LOG,
      traceId,
      spanId,
      row: table.rows - 1,
      timeLo,
      timeHi,
      route: 0,
      weight: 1,
    } as const;
    exceptions.end(this.resource, this.tally, origin);
  }

  private addTailItem(row: number, timeMs: number): void {
    const { columns, tally, value } = this;
    const severity = columns.severity.u8[row]!;
    const traceId = Buffer.from(columns.traceId.u8.buffer, row * 16, 16).toString("hex");
    tally.tail.push({
      kind: "log",
      timeMs,
      service: this.resource.serviceName,
      text: this.body.contentText(TAIL_CHARACTERS),
      severity: severityName(severity) || value.interner.text(this.severityText).toLowerCase(),
      durationMs: null,
      traceId: /^0+$/.test(traceId) ? "" : traceId,
      spanId: this.spanAt > 0 ? Buffer.from(columns.spanId.u8.buffer, row * 8, 8).toString("hex") : "",
    });
  }
}

/** `trace` to `fatal` for 1 to 24; empty for anything else. */
export function severityName(severity: number): string {
  return SEVERITY_NAMES[Math.floor((severity - 1) / 4)] ?? "";
}
