/**
 * The health score: how reliable, how fast, and how much room is left, 0 to 100. Pure. Formula and reasons are in
 * docs/decisions/0021-health-and-bottlenecks.md.
 *
 * score = (weighted mean of the parts + the worst part) / 2: a service that fails half of its requests quickly is not well
 * on average. Parts that are not measured do not count, and the others share their weight.
 */
import {
  APDEX_T_MS,
  type Health,
  type HealthPart,
  type HealthStatus,
  type Trend,
} from "@throughline/contract";
import type { DurationRow } from "../buckets.ts";
import { counterAtSize, countUpTo, sizeOf, wilsonInterval } from "../statistics/index.ts";

/** Fewer requests make no score: single ones would move it from window to window. */
export const REQUESTS_MIN = 20;
/** From this share of failed requests on reliability is 0. */
const FAILED_WORST = 0.1;
/** Up to this use there is room; at 1 there is none. */
const ROOM_UNTIL = 0.7;
/** Smaller changes of the score are chance. */
const TREND_POINTS = 5;

const WEIGHTS = { reliability: 0.4, speed: 0.4, headroom: 0.2 } as const;
const TITLES = { reliability: "Reliability", speed: "Speed", headroom: "Headroom" } as const;

export interface HealthFacts {
  readonly requests: number;
  /** Observations that they rest on: fewer where spans were sampled. */
  readonly effective: number;
  readonly failed: number;
  readonly durations: DurationRow;
  /** The most used resource; null when none is measured. */
  readonly busiest: Busiest | null;
}

export interface Busiest {
  /** 0..1 */
  readonly ratio: number;
  /** "Event loop of shop-api": with what it is used to. */
  readonly what: string;
}

type PartDraft = Pick<HealthPart, "id" | "score" | "text">;

/** @param previous the window of the same length just before */
export function healthOf(current: HealthFacts, previous: HealthFacts): Health {
  const now = scoreOf(current);
  const before = scoreOf(previous);
  const status = now.score === null ? null : statusOf(now.score);
  return {
    ...now,
    status,
    trend: trendOf(now.score, before.score),
    previousScore: before.score,
    requests: current.requests,
    reason:
      now.score === null
        ? `Not enough data: ${Math.floor(current.effective)} of the ${REQUESTS_MIN} requests that a score needs.`
        : null,
  };
}

/** HEALTHY from 80, DEGRADED from 60, UNHEALTHY from 40, CRITICAL below. */
export function statusOf(score: number): HealthStatus {
  if (score >= 80) return "HEALTHY";
  if (score >= 60) return "DEGRADED";
  return score >= 40 ? "UNHEALTHY" : "CRITICAL";
}

/** Who was critical and is not getting better is still CRITICAL. Null when either is not known. */
export function trendOf(score: number | null, previous: number | null): Trend | null {
  if (score === null || previous === null) return null;
  const change = score - previous;
  if (change >= TREND_POINTS) return "IMPROVING";
  if (statusOf(score) === "CRITICAL") return "CRITICAL";
  return change <= -TREND_POINTS ? "DEGRADING" : "STABLE";
}

/**
 * Apdex of T by duration alone (failures count in reliability): (up to T + half of those up to 4 T) / all. 0..1, to the
 * width of a histogram bucket; null without requests. https://en.wikipedia.org/wiki/Apdex
 */
export function apdexOf({ buckets, maxNs }: DurationRow, apdexMs: number): number | null {
  const histogram = { counts: buckets, max: maxNs };
  const size = sizeOf(histogram);
  if (size === 0) return null;
  const satisfied = countUpTo(histogram, apdexMs * 1e6);
  const tolerated = countUpTo(histogram, 4 * apdexMs * 1e6) - satisfied;
  return (satisfied + tolerated / 2) / size;
}

function scoreOf(facts: HealthFacts): Pick<Health, "score" | "parts"> {
  const drafts = [reliability(facts), speed(facts), headroom(facts)];
  const known = drafts.flatMap(({ id, score }) => (score === null ? [] : [{ weight: WEIGHTS[id], score }]));
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  const parts = drafts.map((draft): HealthPart => ({
    ...draft,
    title: TITLES[draft.id],
    score: draft.score === null ? null : rounded(draft.score),
    weight: draft.score === null ? 0 : WEIGHTS[draft.id] / weights,
  }));
  if (facts.effective < REQUESTS_MIN) return { score: null, parts };
  const mean = known.reduce((sum, { weight, score }) => sum + weight * score, 0) / weights;
  const worst = Math.min(...known.map(({ score }) => score));
  return { score: rounded((mean + worst) / 2), parts };
}

/** By the share that failed for sure: the lower end of Wilson's 95 % interval, so that one failure of thirty is no rate. */
function reliability({ requests, effective, failed }: HealthFacts): PartDraft {
  if (requests === 0) return { id: "reliability", score: null, text: "No requests." };
  const seen = counterAtSize({ n: requests, k: failed }, effective);
  const { low } = wilsonInterval(seen.k, seen.n);
  const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
  return {
    id: "reliability",
    score: 100 * (1 - Math.min(1, low / FAILED_WORST)),
    text: `${failed} of ${requests} requests failed, at least ${percent(low)} with 95 % confidence. 100 at none, 0 from ${percent(FAILED_WORST)} on.`,
  };
}

function speed({ durations }: HealthFacts): PartDraft {
  const apdex = apdexOf(durations, APDEX_T_MS);
  if (apdex === null) return { id: "speed", score: null, text: "No requests." };
  return {
    id: "speed",
    score: 100 * apdex,
    text: `Apdex ${apdex.toFixed(2)}: requests up to ${APDEX_T_MS} ms count in full, up to ${4 * APDEX_T_MS} ms half.`,
  };
}

function headroom({ busiest }: HealthFacts): PartDraft {
  if (busiest === null)
    return {
      id: "headroom",
      score: null,
      text: "Not measured: no metric of processor, event loop or connection pool in the last 15 minutes.",
    };
  const over = Math.max(0, Math.min(1, (busiest.ratio - ROOM_UNTIL) / (1 - ROOM_UNTIL)));
  return {
    id: "headroom",
    score: 100 * (1 - over),
    text: `${busiest.what} at ${(busiest.ratio * 100).toFixed(0)} % over 15 minutes. 100 up to 70 %, 0 at 100 %.`,
  };
}

const rounded = (score: number): number => Math.round(score * 10) / 10;
