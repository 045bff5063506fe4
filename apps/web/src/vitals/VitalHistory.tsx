/** p75 a day over a month, with its target and the day it changed. */
import type { VitalName, VitalReading } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import { formatDay, formatNumber } from "../ui/format.ts";
import { Segmented } from "../ui/Segmented.tsx";
import { useClock } from "../ui/Time.tsx";
import { vitalText } from "./vitalText.ts";

const DAY_MS = 86_400_000;

export function VitalHistory({ vitals }: { readonly vitals: readonly VitalReading[] }) {
  const chosen = useSignal<VitalName>(vitals[0]?.name ?? "LCP");
  const cursorMs = useSignal<number | null>(null);
  const { zone } = useClock();
  const vital = vitals.find(({ name }) => name === chosen.value) ?? vitals[0];
  if (vital === undefined) return null;
  const { name, history, since, budget } = vital;
  const timesMs = history.map(({ day }) => Date.parse(`${day}T00:00:00Z`));
  const [first = 0, last = 0] = [timesMs[0], timesMs.at(-1)];
  const label =
    since === null ? "" : `it changed on ${formatDay(since.atMs, zone.value === "local" ? "local" : "utc")}`;
  return (
    <div class="vital-history">
      <Segmented
        label="Vital"
        options={vitals.map((one) => ({ value: one.name, label: one.name }))}
        value={name}
        onChoose={(value) => (chosen.value = value)}
      />
      <ChartCard
        title={`${name} by day`}
        unit={name === "CLS" ? "p75" : "p75, ms"}
        label={`${name} by day`}
        emptyText="No whole day with at least 20 page views of a device yet: the history begins tomorrow."
        timesMs={timesMs}
        fromMs={first}
        toMs={Math.max(last, first + DAY_MS)}
        series={[
          { label: "p75", tone: "accent", values: history.map(({ p75 }) => p75) },
          { label: "target", tone: "warn", values: history.map(() => budget.target) },
        ]}
        marks={since === null ? [] : [{ atMs: since.atMs, label }]}
        format={(value) => vitalText(name, value)}
        formatTick={formatNumber}
        cursorMs={cursorMs}
      />
      {since === null ? null : <p class="muted">Dashed line: {label}.</p>}
    </div>
  );
}
