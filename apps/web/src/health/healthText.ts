/** Words for a score. */
import type { Health, HealthStatus, Trend } from "@throughline/contract";
import type { Tone } from "../ui/Badge.tsx";

const STATUS: Readonly<Record<HealthStatus, { readonly word: string; readonly tone: Tone }>> = {
  HEALTHY: { word: "Healthy", tone: "good" },
  DEGRADED: { word: "Degraded", tone: "warn" },
  UNHEALTHY: { word: "Unhealthy", tone: "bad" },
  CRITICAL: { word: "Critical", tone: "bad" },
};

const TREND: Readonly<Record<Trend, { readonly word: string; readonly mark: string; readonly tone: Tone }>> =
  {
    IMPROVING: { word: "improving", mark: "↗", tone: "good" },
    STABLE: { word: "stable", mark: "→", tone: "neutral" },
    DEGRADING: { word: "degrading", mark: "↘", tone: "warn" },
    CRITICAL: { word: "critical", mark: "↓", tone: "bad" },
  };

export const statusText = (status: HealthStatus) => STATUS[status];
export const trendText = (trend: Trend) => TREND[trend];

/** "Stable; 84 in the 24 h before." */
export function comparedText({ trend, previousScore }: Health, rangeText: string): string {
  if (trend === null || previousScore === null) return "Nothing to compare with yet.";
  const { word } = TREND[trend];
  return `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}; ${Math.round(previousScore)} in the ${rangeText} before.`;
}
