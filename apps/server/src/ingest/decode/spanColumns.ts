/** The columns of the spans table that the decoder fills row by row, looked up once. */
import type { LowCardinalityColumn } from "./lowCardinality.ts";
import type { FixedColumn, StringColumn } from "./nativeColumns.ts";
import type { NativeTable } from "./nativeTable.ts";

export interface SpanColumns {
  readonly time: FixedColumn;
  readonly traceId: FixedColumn;
  readonly spanId: FixedColumn;
  readonly parentId: FixedColumn;
  readonly duration: FixedColumn;
  readonly name: LowCardinalityColumn;
  readonly kind: FixedColumn;
  readonly status: FixedColumn;
  readonly statusMessage: StringColumn;
  readonly traceState: StringColumn;
  readonly route: LowCardinalityColumn;
  readonly method: LowCardinalityColumn;
  readonly httpStatus: FixedColumn;
  readonly requestBytes: FixedColumn;
  readonly responseBytes: FixedColumn;
  readonly dbSystem: LowCardinalityColumn;
  readonly events: StringColumn;
  readonly links: StringColumn;
  readonly receivedAt: FixedColumn;
  readonly weight: FixedColumn;
}

export function spanColumns(table: NativeTable): SpanColumns {
  return {
    time: table.fixed("time"),
    traceId: table.fixed("trace_id"),
    spanId: table.fixed("span_id"),
    parentId: table.fixed("parent_span_id"),
    duration: table.fixed("duration_ns"),
    name: table.interned("name"),
    kind: table.fixed("kind"),
    status: table.fixed("status"),
    statusMessage: table.string("status_message"),
    traceState: table.string("trace_state"),
    route: table.interned("route"),
    method: table.interned("http_method"),
    httpStatus: table.fixed("http_status"),
    requestBytes: table.fixed("request_bytes"),
    responseBytes: table.fixed("response_bytes"),
    dbSystem: table.interned("db_system"),
    events: table.string("events"),
    links: table.string("links"),
    receivedAt: table.fixed("received_at"),
    weight: table.fixed("weight"),
  };
}
