import { useState } from "preact/hooks";
import { Card } from "../Card.tsx";
import { useClock } from "../Time.tsx";
import { formatMoment, UNKNOWN } from "../format.ts";
import { ChartTable } from "./ChartTable.tsx";
import { nearestIndex } from "./paths.ts";
import { TimeChart, type TimeChartProps } from "./TimeChart.tsx";

export interface ChartCardProps extends TimeChartProps {
  readonly title: string;
  /** Shown instead of the chart when no series has a value. */
  readonly emptyText: string;
  readonly class?: string;
}

/** A chart with its legend, which is also the read-out, and the same numbers as a table. */
export function ChartCard({ title, emptyText, class: className, ...chart }: ChartCardProps) {
  const [isTable, setTable] = useState(false);
  const hasValues = chart.series.some(({ values }) => values.some((value) => value !== null));
  return (
    <Card title={title} class={className ?? ""} aside={hasValues ? <Legend {...chart} /> : undefined}>
      {hasValues ? (
        <>
          {isTable ? <ChartTable {...chart} /> : <TimeChart {...chart} />}
          <button
            type="button"
            class="chart-switch"
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? "Show as chart" : "Show as table"}
          </button>
        </>
      ) : (
        <p class={`chart-empty chart-empty-${chart.size ?? "tall"}`}>{emptyText}</p>
      )}
    </Card>
  );
}

function Legend({ timesMs, series, cursorMs, format }: TimeChartProps) {
  const { zone } = useClock();
  const index = cursorMs.value === null ? lastKnown(series) : nearestIndex(timesMs, cursorMs.value);
  const time = timesMs[index];
  return (
    <div class="legend">
      <span class="legend-time">{time === undefined ? "" : formatMoment(time, zone.value, "minute")}</span>
      {series.map(({ label, tone, values }) => {
        const value = values[index] ?? null;
        return (
          <span key={label} class={`legend-item series-${tone}`}>
            <i aria-hidden="true" />
            {label} <b>{value === null ? UNKNOWN : format(value)}</b>
          </span>
        );
      })}
    </div>
  );
}

/** The newest point at which any series is known. */
function lastKnown(series: TimeChartProps["series"]): number {
  let last = -1;
  for (const { values } of series) {
    const index = values.findLastIndex((value) => value !== null);
    if (index > last) last = index;
  }
  return last;
}
