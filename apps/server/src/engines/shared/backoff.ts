/** Attempts that must wait longer and longer. `redisScripts.ts` says the same in Lua. */
import type { BackoffPolicy } from "./store.ts";

export interface Attempts {
  readonly count: number;
  readonly blockedUntilMs: number;
}

export interface BackoffStep {
  /** 0: let through. */
  readonly waitMs: number;
  readonly attempts: Attempts;
}

export function backoff(policy: BackoffPolicy, known: Attempts | undefined, nowMs: number): BackoffStep {
  const { count, blockedUntilMs } = known ?? { count: 0, blockedUntilMs: 0 };
  if (blockedUntilMs > nowMs) return { waitMs: blockedUntilMs - nowMs, attempts: { count, blockedUntilMs } };
  return {
    waitMs: 0,
    attempts: { count: count + 1, blockedUntilMs: nowMs + delayMsAfter(policy, count + 1) },
  };
}

/** How long the next attempt must wait after `count` of them. */
export function delayMsAfter(policy: BackoffPolicy, count: number): number {
  if (count < policy.free) return 0;
  return Math.min(policy.delayMsMax, policy.firstDelayMs * 2 ** (count - policy.free));
}
