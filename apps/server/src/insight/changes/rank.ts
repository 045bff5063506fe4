/**
 * How candidates are ranked (docs/decisions/0018-what-changed.md):
 *
 *   score = proximity × strength × direction
 *
 *   proximity  of what has a moment of its own: 1 from one step after the change point back to it, then e^(−d/τ) for d
 *              before it, τ = the larger of two steps and 30 minutes; 0 later, since a cause does not follow its effect.
 *              1 for what compares both sides as wholes.
 *   strength   0..1, by kind: how much of the traffic, the change or the weight it is; see each candidate's file.
 *   direction  1, or 0.25 for what would have moved the metric the other way.
 *
 * From SCORE_STANDS_OUT on a candidate is said to stand out.
 */
import type { ChangeCandidate } from "@throughline/contract";

const LEAST_DECAY_MS = 30 * 60_000;
const AGAINST = 0.25;
export const CANDIDATES_MAX = 30;

export interface Found extends Omit<ChangeCandidate, "score" | "proximity" | "distanceMs"> {
  /** Which way it would move the metric: 1 up, −1 down, 0 either. */
  readonly direction: -1 | 0 | 1;
}

export interface RankedMoment {
  readonly atMs: number;
  readonly stepMs: number;
  /** Which way the metric moved. */
  readonly direction: -1 | 0 | 1;
}

/** 0..1. @param distanceMs of the event from the change point, negative before it */
export function proximityOf(distanceMs: number, stepMs: number): number {
  if (distanceMs > stepMs) return 0;
  if (distanceMs >= 0) return 1;
  return Math.exp(distanceMs / Math.max(2 * stepMs, LEAST_DECAY_MS));
}

/** Best first. Without a moment: newest first, all with score 0. */
export function rank(found: readonly Found[], moment: RankedMoment | null): ChangeCandidate[] {
  const scored = found.map(({ direction, ...candidate }): ChangeCandidate => {
    const { atMs, strength } = candidate;
    const distanceMs = atMs === null || moment === null ? null : atMs - moment.atMs;
    const proximity = moment === null ? 0 : distanceMs === null ? 1 : proximityOf(distanceMs, moment.stepMs);
    const isAgainst = moment !== null && direction * moment.direction < 0;
    const score = rounded(proximity * strength * (isAgainst ? AGAINST : 1));
    return { ...candidate, strength: rounded(strength), proximity: rounded(proximity), distanceMs, score };
  });
  return scored
    .filter(({ proximity }) => moment === null || proximity > 0.01)
    .toSorted((a, b) => b.score - a.score || (b.atMs ?? 0) - (a.atMs ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, CANDIDATES_MAX);
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
