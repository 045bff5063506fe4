import { useState } from "preact/hooks";
import { Card } from "../Card.tsx";
import { Icon } from "../Icon.tsx";
import { UNKNOWN } from "../format.ts";
import { ChartTable } from "./ChartTable.tsx";
import { nearestIndex } from "./paths.ts";
import { TimeChart, type TimeChartProps } from "./TimeChart.tsx";

export interface ChartCardProps extends TimeChartProps {
  readonly title: string;
  /** Of the axis. */
  readonly unit: string;
  /** Shown instead of the chart when no series has a value. */
  readonly emptyText: string;
  readonly class?: string;
}

/** A chart with its legend, which is also the read-out, and the same numbers as a table. */
export function ChartCard({ title, unit, emptyText, class: className, ...chart }: ChartCardProps) {
  const [isTable, setTable] = useState(false);
  const hasValues = chart.series.some(({ values }) => values.some((value) => value !== null));
  return (
    <Card
      title={
        <>
          {title} <span class="chart-unit">{unit}</span>
        </>
      }
      class={`chart-card ${className ?? ""}`}
      aside={
        hasValues ? (
          <div class="legend">
            <Legend {...chart} />
            <button
              type="button"
              class="chart-switch"
              aria-pressed={isTable}
              aria-label={`${chart.label} as a table`}
              title={isTable ? "Show as chart" : "Show as table"}
              onClick={() => setTable(!isTable)}
            >
              <Icon name="table" />
            </button>
          </div>
        ) : undefined
      }
    >
      {hasValues ? (
        isTable ? (
          <ChartTable {...chart} />
        ) : (
          <TimeChart {...chart} />
        )
      ) : (
        <p class="chart-empty">{emptyText}</p>
      )}
    </Card>
  );
}

/** The values under the cursor, or the newest ones. */
function Legend({ timesMs, series, cursorMs, format }: TimeChartProps) {
  const index = cursorMs.value === null ? lastKnown(series) : nearestIndex(timesMs, cursorMs.value);
  return (
    <>
      {series.map(({ label, tone, values }) => {
        const value = values[index] ?? null;
        return (
          <span key={label} class={`legend-item series-${tone}`}>
            <i aria-hidden="true" />
            {label} <b>{value === null ? UNKNOWN : format(value)}</b>
          </span>
        );
      })}
    </>
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
