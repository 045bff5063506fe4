/** The overall score: how good the page views were, over all vitals. */
import type { VitalName, VitalReading } from "@throughline/contract";

/** Core Web Vitals count twice. */
const WEIGHTS: Readonly<Record<VitalName, number>> = { LCP: 2, INP: 2, CLS: 2, FCP: 1, TTFB: 1 };

/**
 * 0 to 100: the share of good page views plus half of those that need improvement, averaged over the vitals that were
 * measured, weighted. Null when none was.
 */
export function overallScore(vitals: readonly Pick<VitalReading, "name" | "distribution">[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const { name, distribution } of vitals) {
    const { good, needsImprovement, poor } = distribution;
    const views = good + needsImprovement + poor;
    if (views === 0) continue;
    sum += (WEIGHTS[name] * (good + needsImprovement / 2)) / views;
    weights += WEIGHTS[name];
  }
  return weights === 0 ? null : Math.round((sum / weights) * 100);
}
