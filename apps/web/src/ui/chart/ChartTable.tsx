import { useClock } from "../Time.tsx";
import { formatMoment, UNKNOWN } from "../format.ts";
import type { TimeChartProps } from "./TimeChart.tsx";

/** The chart's numbers, newest first. */
export function ChartTable({ label, timesMs, series, format }: TimeChartProps) {
  const { zone } = useClock();
  return (
    <div class="chart-table" tabIndex={0} role="region" aria-label={`${label}, values`}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.label} scope="col" class="end">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timesMs
            .map((time, index) => (
              <tr key={time}>
                <th scope="row">{formatMoment(time, zone.value, "minute")}</th>
                {series.map((one) => {
                  const value = one.values[index] ?? null;
                  return (
                    <td key={one.label} class="end">
                      {value === null ? UNKNOWN : format(value)}
                    </td>
                  );
                })}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </div>
  );
}
