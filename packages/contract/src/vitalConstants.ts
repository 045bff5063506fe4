/** Names and numbers of web vitals for pages, which load no schema library: published thresholds, and the score's weights. */

export const VITAL_NAMES = ["LCP", "CLS", "INP", "FCP", "TTFB"] as const;
export type VitalName = (typeof VITAL_NAMES)[number];

export const VITAL_RATINGS = ["good", "needs-improvement", "poor"] as const;
export type VitalRating = (typeof VITAL_RATINGS)[number];

export const DEVICE_TYPES = ["desktop", "mobile", "tablet"] as const;

/** `navigator.connection.effectiveType`; browsers without it send nothing. */
export const CONNECTION_TYPES = ["slow-2g", "2g", "3g", "4g"] as const;

export interface VitalThreshold {
  /** Up to and with it: good. */
  readonly good: number;
  /** Above it: poor. */
  readonly poor: number;
}

/** As in the source of web-vitals 6.2.3; milliseconds, CLS without a unit. */
export const VITAL_THRESHOLDS: Readonly<Record<VitalName, VitalThreshold>> = {
  LCP: { good: 2500, poor: 4000 },
  INP: { good: 200, poor: 500 },
  CLS: { good: 0.1, poor: 0.25 },
  FCP: { good: 1800, poor: 3000 },
  TTFB: { good: 800, poor: 1800 },
};

export function rateVital(name: VitalName, value: number): VitalRating {
  const { good, poor } = VITAL_THRESHOLDS[name];
  if (value <= good) return "good";
  return value > poor ? "poor" : "needs-improvement";
}

/** Share of each vital in the overall score: Lighthouse 10's, with INP for blocking time and TTFB for speed index. */
export const VITAL_WEIGHTS: Readonly<Record<VitalName, number>> = {
  INP: 0.3,
  LCP: 0.25,
  CLS: 0.25,
  FCP: 0.1,
  TTFB: 0.1,
};
