import type { SystemPage } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import { formatNumber } from "../ui/format.ts";

/** What was received, a second, by minute. */
export function IngestChart({
  history,
  fetchedAtMs,
}: {
  readonly history: SystemPage["history"];
  readonly fetchedAtMs: number;
}) {
  const cursorMs = useSignal<number | null>(null);
  const { timesMs, spansPerSecond, logsPerSecond, pointsPerSecond, refusedPerSecond } = history;
  const isEmpty = [spansPerSecond, logsPerSecond, pointsPerSecond, refusedPerSecond].every((line) =>
    line.every((rate) => rate === 0),
  );
  return (
    <ChartCard
      title="Received"
      label="Received items a second"
      unit="/s"
      timesMs={timesMs}
      fromMs={timesMs[0] ?? fetchedAtMs - 3_600_000}
      toMs={fetchedAtMs}
      cursorMs={cursorMs}
      emptyText="Nothing was received in the last hour"
      format={(value) => `${formatNumber(value)}/s`}
      formatTick={formatNumber}
      series={
        isEmpty
          ? []
          : [
              { label: "spans", values: spansPerSecond, tone: "mid" },
              { label: "logs", values: logsPerSecond, tone: "high" },
              { label: "points", values: pointsPerSecond, tone: "low" },
              { label: "refused", values: refusedPerSecond, tone: "bad" },
            ]
      }
    />
  );
}
