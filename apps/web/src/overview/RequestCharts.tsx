/** The two charts of every place that answers requests: how long, and how many. They point at the same time. */
import type { Marker, RequestSeries, TimeRange } from "@throughline/contract";
import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { chartMarkers } from "../deployments/chartMarkers.ts";
import { toCustomRange } from "../paths.ts";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartSeries } from "../ui/chart/TimeChart.tsx";
import { formatDuration, formatNumber } from "../ui/format.ts";

export interface RequestData {
  readonly series: RequestSeries;
  readonly range: TimeRange;
  readonly markers: readonly Marker[];
}

export function RequestCharts({ data }: { readonly data: ReadonlySignal<RequestData> }) {
  const { view, navigate } = useApp();
  const cursorMs = useSignal<number | null>(null);
  const durations = useComputed<readonly ChartSeries[]>(() => {
    const { p50Ms, p95Ms, p99Ms } = data.value.series;
    return [
      { label: "p99", values: p99Ms, tone: "high" },
      { label: "p95", values: p95Ms, tone: "mid" },
      { label: "p50", values: p50Ms, tone: "low" },
    ];
  });
  const rates = useComputed<readonly ChartSeries[]>(() => {
    const { requestsPerSecond, errorsPerSecond } = data.value.series;
    const hasRequests = requestsPerSecond.some((rate) => rate > 0);
    if (!hasRequests) return [];
    return [
      { label: "all", values: requestsPerSecond, tone: "accent", isArea: true },
      { label: "failed", values: errorsPerSecond, tone: "bad", isArea: true },
    ];
  });
  const { series, range } = data.value;
  const marks = useComputed(() => chartMarkers(data.value.markers, view.value.search));
  const common = {
    timesMs: series.timesMs,
    fromMs: range.fromMs,
    toMs: range.toMs,
    cursorMs,
    markers: marks.value,
    emptyText: "No requests in this range",
    onZoom: (fromMs: number, toMs: number) =>
      void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs)),
  };
  return (
    <div class="two">
      <ChartCard
        {...common}
        title="Response time"
        label="Response time"
        series={durations.value}
        format={formatDuration}
        formatTick={formatNumber}
        unit="ms"
      />
      <ChartCard
        {...common}
        title="Requests"
        label="Requests, all and failed"
        series={rates.value}
        format={(value) => `${formatNumber(value)}/s`}
        formatTick={formatNumber}
        unit="/s"
      />
    </div>
  );
}
