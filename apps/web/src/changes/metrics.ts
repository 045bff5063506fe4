/** How the metrics that can be asked about read. */
import type { ChangeMetric, SideBySide } from "@throughline/contract";
import { formatBytes, formatDuration, formatNumber, formatShortCount, UNKNOWN } from "../ui/format.ts";

export const METRICS: readonly {
  readonly value: ChangeMetric;
  readonly label: string;
  readonly text: string;
}[] = [
  { value: "p95", label: "Response time p95", text: "response time, p95" },
  { value: "errors", label: "Failed requests", text: "share of failed requests" },
  { value: "LCP", label: "LCP", text: "largest contentful paint, p75" },
  { value: "INP", label: "INP", text: "interaction to next paint, p75" },
  { value: "CLS", label: "CLS", text: "cumulative layout shift, p75" },
  { value: "FCP", label: "FCP", text: "first contentful paint, p75" },
  { value: "TTFB", label: "TTFB", text: "time to first byte, p75" },
];

export const isVital = (metric: ChangeMetric): boolean => metric !== "p95" && metric !== "errors";

export function formatIn(unit: SideBySide["unit"], value: number | null): string {
  if (value === null) return UNKNOWN;
  if (unit === "ms") return formatDuration(value);
  if (unit === "B") return formatBytes(value);
  if (unit === "count") return formatShortCount(value);
  return unit === "" ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

/** "30 s before", "at the moment", "12 min after". */
export function formatDistance(distanceMs: number): string {
  const size = Math.abs(distanceMs);
  if (size < 1000) return "at the moment";
  return `${formatDuration(Math.round(size / 1000) * 1000)} ${distanceMs < 0 ? "before" : "after"}`;
}
