/** Items received a second, by minute and signal: the chart of the System page. */
import type { LedgerRow, SystemPage } from "@throughline/contract";

const MINUTE_MS = 60_000;

/** @param fromMs start of the first minute; rows may come in any order */
export function ingestHistory(
  rows: readonly LedgerRow[],
  fromMs: number,
  toMs: number,
): SystemPage["history"] {
  const first = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
  const minutes = Math.max(0, Math.ceil((toMs - first) / MINUTE_MS));
  const timesMs = Array.from({ length: minutes }, (_, index) => first + index * MINUTE_MS);
  const perSecond = (of: (row: LedgerRow) => number): number[] => {
    const line = timesMs.map(() => 0);
    for (const row of rows) {
      const index = (row.minuteMs - first) / MINUTE_MS;
      const before = line[index];
      const seconds = Math.max(1, Math.min(60, (toMs - row.minuteMs) / 1000));
      if (before !== undefined) line[index] = before + of(row) / seconds;
    }
    return line;
  };
  const accepted = (signal: string) =>
    perSecond((row) => (row.signal === signal ? row.received - row.refused : 0));
  return {
    timesMs,
    spansPerSecond: accepted("traces"),
    logsPerSecond: accepted("logs"),
    pointsPerSecond: accepted("metrics"),
    refusedPerSecond: perSecond((row) => row.refused),
  };
}
