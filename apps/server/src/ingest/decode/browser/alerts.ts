/** What the sender of a vital is told when it is over the published thresholds. */
import { rateVital, VITAL_THRESHOLDS, type VitalAlert, type VitalName } from "@throughline/contract";

/** So many times the threshold of "poor" is critical. */
const CRITICAL_RATIO = 2;

/** Null for a good value. One value is one visit: whether a page is slow is said by `GET /api/web-vitals`. */
export function alertOf(metric: VitalName, value: number, page: string): VitalAlert | null {
  const rating = rateVital(metric, value);
  if (rating === "good") return null;
  if (rating === "needs-improvement")
    return { metric, value, severity: "medium", action: "Monitor for further degradation" };
  const { poor } = VITAL_THRESHOLDS[metric];
  const address = `GET /api/web-vitals?page=${encodeURIComponent(page)}`;
  const unit = metric === "CLS" ? "" : " ms";
  return {
    metric,
    value,
    severity: value > poor * CRITICAL_RATIO ? "critical" : "high",
    action: `Find the cause: above ${poor}${unit} is poor, and ${address} says what the slowest visits have in common`,
  };
}
