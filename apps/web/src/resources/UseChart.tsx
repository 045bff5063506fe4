import type { ResourceChart, ResourcePage } from "@throughline/contract";
import type { Signal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { toCustomRange } from "../paths.ts";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartMarker, SeriesTone } from "../ui/chart/TimeChart.tsx";
import { formatBytes, formatDuration, formatNumber } from "../ui/format.ts";

const TONES: readonly SeriesTone[] = ["mid", "high", "low", "warn", "bad", "accent"];

/** How much of something processes or machines use. */
export function UseChart({
  chart,
  data,
  cursorMs,
  markers,
}: {
  readonly chart: ResourceChart;
  readonly data: Pick<ResourcePage, "timesMs" | "range">;
  readonly cursorMs: Signal<number | null>;
  readonly markers: readonly ChartMarker[];
}) {
  const { view, navigate } = useApp();
  const { format, formatTick, unit } = FORMATS[chart.unit];
  const hidden = chart.hiddenLines === 0 ? "" : ` · ${chart.hiddenLines} more not drawn`;
  return (
    <ChartCard
      title={`${chart.title}${chart.note === null ? "" : `, ${chart.note}`}${hidden}`}
      label={chart.title}
      unit={unit}
      timesMs={data.timesMs}
      fromMs={data.range.fromMs}
      toMs={data.range.toMs}
      series={chart.lines.map(({ label, values }, index) => ({
        label,
        values:
          chart.unit === "ratio" ? values.map((value) => (value === null ? null : value * 100)) : values,
        tone: TONES[index] ?? "accent",
      }))}
      format={format}
      formatTick={formatTick}
      cursorMs={cursorMs}
      markers={markers}
      emptyText="Not sent in this range"
      onZoom={(fromMs, toMs) =>
        void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs))
      }
    />
  );
}

const FORMATS: Readonly<
  Record<
    ResourceChart["unit"],
    {
      readonly unit: string;
      readonly format: (value: number) => string;
      readonly formatTick: (value: number) => string;
    }
  >
> = {
  ratio: { unit: "%", format: (value) => `${formatNumber(value)} %`, formatTick: formatNumber },
  B: { unit: "", format: formatBytes, formatTick: formatBytes },
  "B/s": { unit: "/s", format: (value) => `${formatBytes(value)}/s`, formatTick: formatBytes },
  ms: { unit: "ms", format: formatDuration, formatTick: formatNumber },
  count: { unit: "", format: formatNumber, formatTick: formatNumber },
};
