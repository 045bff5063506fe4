/** The columns of the logs table that the decoder fills row by row, looked up once. */
import type { LowCardinalityColumn } from "./lowCardinality.ts";
import type { FixedColumn, StringColumn } from "./nativeColumns.ts";
import type { NativeTable } from "./nativeTable.ts";

export interface LogColumns {
  readonly time: FixedColumn;
  readonly observedTime: FixedColumn;
  readonly severity: FixedColumn;
  readonly severityText: LowCardinalityColumn;
  readonly body: StringColumn;
  readonly eventName: LowCardinalityColumn;
  readonly traceId: FixedColumn;
  readonly spanId: FixedColumn;
  readonly flags: FixedColumn;
  readonly receivedAt: FixedColumn;
}

export function logColumns(table: NativeTable): LogColumns {
  return {
    time: table.fixed("time"),
    observedTime: table.fixed("observed_time"),
    severity: table.fixed("severity_number"),
    severityText: table.interned("severity_text"),
    body: table.string("body"),
    eventName: table.interned("event_name"),
    traceId: table.fixed("trace_id"),
    spanId: table.fixed("span_id"),
    flags: table.fixed("flags"),
    receivedAt: table.fixed("received_at"),
  };
}
