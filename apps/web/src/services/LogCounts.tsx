import type { ServicePage, TimeRange } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartSeries, SeriesTone } from "../ui/chart/TimeChart.tsx";
import { formatCount, formatShortCount } from "../ui/format.ts";

const TONES: readonly (readonly [RegExp, SeriesTone])[] = [
  [/^(error|fatal)/i, "bad"],
  [/^warn/i, "warn"],
  [/^info/i, "mid"],
];

/** How many log records of each severity. */
export function LogCounts({
  logCounts,
  range,
}: {
  readonly logCounts: ServicePage["logCounts"];
  readonly range: TimeRange;
}) {
  const cursorMs = useSignal<number | null>(null);
  const series = useMemo<ChartSeries[]>(
    () =>
      Object.entries(logCounts.bySeverity)
        .filter(([, values]) => values.some((value) => value > 0))
        .map(([label, values]) => ({ label: label.toLowerCase(), values, tone: toneOf(label) })),
    [logCounts],
  );
  return (
    <ChartCard
      title="Logs"
      label="Log records by severity"
      timesMs={logCounts.timesMs}
      fromMs={range.fromMs}
      toMs={range.toMs}
      series={series}
      format={formatCount}
      formatTick={formatShortCount}
      unit={`per ${stepText(range.stepSeconds)}`}
      cursorMs={cursorMs}
      emptyText="No log records in this range"
    />
  );
}

function stepText(seconds: number): string {
  if (seconds < 3600) return seconds === 60 ? "minute" : `${seconds / 60} min`;
  return seconds < 86_400 ? `${seconds / 3600} h` : "day";
}

function toneOf(severity: string): SeriesTone {
  return TONES.find(([pattern]) => pattern.test(severity))?.[1] ?? "low";
}
