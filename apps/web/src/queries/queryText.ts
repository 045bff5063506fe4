/** Sentences of the page of one statement. */
import type { QueryPage } from "@throughline/contract";
import { formatDuration, formatNumber, formatShortCount } from "../ui/format.ts";

/** How often and how long, beside the window before. */
export function ranText({ query, previous }: QueryPage): string {
  if (query.executions === 0) return "It was not run in this range. Choose a longer one above.";
  const rows = query.rowsAvg === null ? "" : `, ${formatNumber(query.rowsAvg)} rows each`;
  const now = `${formatShortCount(query.executions)} runs, ${formatDuration(query.totalMs)} in all${rows}`;
  if (previous === null) return `${now}. In the range before it was not run.`;
  const p95 = (ms: number | null): string => (ms === null ? "unknown" : formatDuration(ms));
  return `${now}; p95 ${p95(query.p95Ms)}. In the range before: ${formatShortCount(previous.executions)} runs, p95 ${p95(previous.p95Ms)}.`;
}

export function repeatedText({
  repeatedGroups,
  repeatedExecutions,
  repeatedMax,
}: QueryPage["query"]): string {
  const who = repeatedGroups === 1 ? "One span" : `${formatShortCount(repeatedGroups)} spans`;
  return `${who} ran it again and again: ${formatShortCount(repeatedExecutions)} runs in all, up to ${formatShortCount(repeatedMax)} below one span. Asking for all of them with one statement, such as a join or "where id = any(…)", saves the round trips.`;
}
