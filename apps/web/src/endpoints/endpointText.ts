/** Sentences of the pages of endpoints. */
import type { EndpointPage } from "@throughline/contract";
import { formatDuration, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";

/** "In the range before: 120 ms (+40 %)." */
export function changeText(nowMs: number | null, beforeMs: number | null): string {
  if (nowMs === null || beforeMs === null || beforeMs === 0)
    return "Nothing to compare with in the range before";
  const change = nowMs / beforeMs - 1;
  const sign = change < 0 ? "−" : "+";
  return `In the range before: ${formatDuration(beforeMs)} (${sign}${formatShare(Math.abs(change))} %)`;
}

/** How often and how well, beside the window before. */
export function answeredText({ endpoint }: EndpointPage): string {
  const { requests, failed, clientErrors, requestsPerSecond, p95Ms, previous } = endpoint;
  if (requests === 0) return "It took no request in this range. Choose a longer one above.";
  const refused = clientErrors === 0 ? "" : `, ${formatShortCount(clientErrors)} were refused (4xx)`;
  const now = `${formatShortCount(requests)} requests, ${formatNumber(requestsPerSecond)} a second; ${formatShortCount(failed)} failed${refused}.`;
  if (previous === null) return `${now} In the range before it took none.`;
  return `${now} In the range before: ${formatShortCount(previous.requests)} requests, ${formatShortCount(previous.failed)} failed. p95 ${changeOf(p95Ms, previous.p95Ms)}.`;
}

function changeOf(nowMs: number | null, beforeMs: number | null): string {
  if (nowMs === null || beforeMs === null) return "is not known in both";
  return `${formatDuration(beforeMs)} then, ${formatDuration(nowMs)} now`;
}
