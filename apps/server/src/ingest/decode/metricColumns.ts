/** The columns of metric_points that the decoder fills row by row, looked up once. */
import type { LowCardinalityColumn } from "./lowCardinality.ts";
import type { ArrayColumn, FixedColumn } from "./nativeColumns.ts";
import type { NativeTable } from "./nativeTable.ts";

/** What the points of one metric share. */
export interface MetricColumns {
  readonly metric: LowCardinalityColumn;
  readonly seriesId: FixedColumn;
  readonly type: FixedColumn;
  readonly temporality: FixedColumn;
  readonly isMonotonic: FixedColumn;
  readonly unit: LowCardinalityColumn;
  readonly description: LowCardinalityColumn;
  readonly value: FixedColumn;
  readonly flags: FixedColumn;
  readonly receivedAt: FixedColumn;
}

export function metricColumns(table: NativeTable): MetricColumns {
  return {
    metric: table.interned("metric"),
    seriesId: table.fixed("series_id"),
    type: table.fixed("type"),
    temporality: table.fixed("temporality"),
    isMonotonic: table.fixed("is_monotonic"),
    unit: table.interned("unit"),
    description: table.interned("description"),
    value: table.fixed("value"),
    flags: table.fixed("flags"),
    receivedAt: table.fixed("received_at"),
  };
}

/** What each point has for itself. */
export interface PointColumns {
  readonly time: FixedColumn;
  readonly startTime: FixedColumn;
  readonly count: FixedColumn;
  readonly sum: FixedColumn;
  readonly min: FixedColumn;
  readonly max: FixedColumn;
  readonly bounds: ArrayColumn;
  readonly counts: ArrayColumn;
  readonly scale: FixedColumn;
  readonly zeroCount: FixedColumn;
  readonly zeroThreshold: FixedColumn;
  readonly positiveOffset: FixedColumn;
  readonly positive: ArrayColumn;
  readonly negativeOffset: FixedColumn;
  readonly negative: ArrayColumn;
  readonly quantiles: ArrayColumn;
  readonly quantileValues: ArrayColumn;
}

export function pointColumns(table: NativeTable): PointColumns {
  return {
    time: table.fixed("time"),
    startTime: table.fixed("start_time"),
    count: table.fixed("count"),
    sum: table.fixed("sum"),
    min: table.fixed("min"),
    max: table.fixed("max"),
    bounds: table.array("bucket_bounds"),
    counts: table.array("bucket_counts"),
    scale: table.fixed("scale"),
    zeroCount: table.fixed("zero_count"),
    zeroThreshold: table.fixed("zero_threshold"),
    positiveOffset: table.fixed("positive_offset"),
    positive: table.array("positive_counts"),
    negativeOffset: table.fixed("negative_offset"),
    negative: table.array("negative_counts"),
    quantiles: table.array("quantiles"),
    quantileValues: table.array("quantile_values"),
  };
}
