import type { DatabasePage } from "@throughline/contract";
import { useComputed, useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toCustomRange } from "../paths.ts";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartSeries } from "../ui/chart/TimeChart.tsx";
import { formatBytes, formatNumber } from "../ui/format.ts";

export function DatabaseCharts({ data }: Pick<PageProps<DatabasePage>, "data">) {
  const { view, navigate } = useApp();
  const cursorMs = useSignal<number | null>(null);
  const lines = useComputed(() => {
    const { series } = data.value;
    const one = (label: string, values: readonly (number | null)[]): readonly ChartSeries[] => [
      { label, values, tone: "accent", isArea: true },
    ];
    return {
      connections: one("connections", series.connections),
      transactions: [
        { label: "commits", values: series.commitsPerSecond, tone: "accent", isArea: true },
        { label: "rollbacks", values: series.rollbacksPerSecond, tone: "high" },
      ] satisfies readonly ChartSeries[],
      cache: one(
        "from cache",
        series.cacheHitRatio.map((ratio) => (ratio === null ? null : ratio * 100)),
      ),
      size: one("size", series.sizeBytes),
    };
  });
  const { series, range } = data.value;
  const common = {
    timesMs: series.timesMs,
    fromMs: range.fromMs,
    toMs: range.toMs,
    cursorMs,
    emptyText: "Not enough looks in this range",
    onZoom: (fromMs: number, toMs: number) =>
      void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs)),
    formatTick: formatNumber,
  };
  return (
    <>
      <div class="two">
        <ChartCard
          {...common}
          title="Connections"
          label="Connections of the server"
          series={lines.value.connections}
          format={formatNumber}
          unit="open"
        />
        <ChartCard
          {...common}
          title="Transactions"
          label="Transactions a second"
          series={lines.value.transactions}
          format={(value) => `${formatNumber(value)}/s`}
          unit="/s"
        />
      </div>
      <div class="two">
        <ChartCard
          {...common}
          title="Cache hits"
          label="Share of blocks that came from the cache"
          series={lines.value.cache}
          format={(value) => `${formatNumber(value)} %`}
          unit="%"
        />
        <ChartCard
          {...common}
          title="Size"
          label="Size of the database"
          series={lines.value.size}
          format={formatBytes}
          formatTick={formatBytes}
          unit="on disk"
        />
      </div>
    </>
  );
}
