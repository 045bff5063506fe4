/**
 * Rate limits. Buckets of the installation are counted in the shared store; while that is away each instance counts for
 * itself, so that a failing Redis neither opens the door nor closes it.
 */
import { createHash } from "node:crypto";
import {
  createLocalBuckets,
  monotonicMs,
  SharedStoreError,
  type Bucket,
  type BucketState,
  type SharedStore,
} from "../../engines/shared/index.ts";
import { limitedAddress } from "./limitedAddress.ts";
import { RATE_RULES, type LimitedBy, type RateRule, type RateRuleName, type RateRules } from "./rules.ts";

/** Who asks, as far as it is known. Buckets whose subject is not known are left out. */
export type RateSubject = Readonly<Partial<Record<LimitedBy, string>>>;

/** One bucket after the request. */
export interface RateState extends BucketState {
  /** `read_user`: rule and subject. */
  readonly name: string;
  readonly rule: RateRule;
}

export interface RateDecision {
  readonly isAllowed: boolean;
  /** Whole seconds, at least 1 when the request is refused; 0 when it is let through. */
  readonly retryAfterSeconds: number;
  /** The bucket that refused, or else the one that is nearest to it; null when none applies. */
  readonly tightest: RateState | null;
}

export interface RateLimiter {
  /** Takes one token of every bucket that applies. Never rejects and never waits longer than the shared store's timeout. */
  take(rule: RateRuleName, subject: RateSubject): Promise<RateDecision>;
  /** The same at once, every bucket counted by this instance alone. */
  takeNow(rule: RateRuleName, subject: RateSubject): RateDecision;
  /** Null, or a sentence: limits are counted by each instance for itself since the shared store is away. */
  trouble(): string | null;
}

export interface RateLimiterOptions {
  readonly rules?: RateRules;
  /** A clock that never goes back, for what this instance counts itself. */
  readonly nowMs?: () => number;
}

const ALLOWED: RateDecision = { isAllowed: true, retryAfterSeconds: 0, tightest: null };

export function createRateLimiter(
  shared: SharedStore,
  { rules = RATE_RULES, nowMs = monotonicMs }: RateLimiterOptions = {},
): RateLimiter {
  const local = createLocalBuckets(nowMs);
  let trouble: string | null = null;

  async function takeShared(asked: readonly Asked[]): Promise<RateDecision> {
    const buckets = asked.map((each) => each.bucket);
    try {
      const states = await shared.take(buckets);
      trouble = null;
      return decisionOf(asked, states);
    } catch (error) {
      if (!(error instanceof SharedStoreError)) throw error;
      trouble = `Rate limits are counted by each instance for itself: ${error.message}`;
      return decisionOf(asked, local.take(buckets));
    }
  }

  return {
    async take(name, subject) {
      const asked = askedOf(name, rules[name], subject);
      const ofInstance = asked.filter(({ rule }) => rule.counted === "instance");
      const ofInstallation = asked.filter(({ rule }) => rule.counted === "installation");
      const here =
        ofInstance.length === 0
          ? ALLOWED
          : decisionOf(ofInstance, local.take(ofInstance.map(({ bucket }) => bucket)));
      if (!here.isAllowed || ofInstallation.length === 0) return here;
      return tighter(here, await takeShared(ofInstallation));
    },
    takeNow(name, subject) {
      const asked = askedOf(name, rules[name], subject);
      if (asked.length === 0) return ALLOWED;
      return decisionOf(asked, local.take(asked.map(({ bucket }) => bucket)));
    },
    trouble: () => trouble,
  };
}

/** The one to tell the client of when two sets of buckets were asked: a refusal, else the fuller use. */
export function tighter(one: RateDecision, other: RateDecision): RateDecision {
  if (one.isAllowed !== other.isAllowed) return one.isAllowed ? other : one;
  if (one.tightest === null || other.tightest === null) return one.tightest === null ? other : one;
  return shareLeft(one.tightest) <= shareLeft(other.tightest) ? one : other;
}

interface Asked {
  readonly name: string;
  readonly rule: RateRule;
  readonly bucket: Bucket;
}

function askedOf(name: RateRuleName, rules: readonly RateRule[], subject: RateSubject): readonly Asked[] {
  const asked: Asked[] = [];
  for (const rule of rules) {
    const value = subject[rule.by];
    if (value === undefined) continue;
    const { limit, periodMs, burst } = rule;
    const key = `rate:${name}:${rule.by}:${subjectKey(rule.by, value)}`;
    asked.push({ name: `${name}_${rule.by}`, rule, bucket: { key, limit, periodMs, burst } });
  }
  return asked;
}

/** Mail addresses do not belong into a cache in plain text, and senders choose how long theirs is. */
export function subjectKey(by: LimitedBy, value: string): string {
  if (by === "address") return limitedAddress(value);
  if (by !== "account") return value;
  return createHash("sha256").update(value.normalize("NFKC").trim().toLowerCase()).digest("base64url");
}

function decisionOf(asked: readonly Asked[], states: readonly BucketState[]): RateDecision {
  let tightest: RateState | null = null;
  let waitMs = 0;
  for (const [index, { name, rule }] of asked.entries()) {
    const bucketState = states[index];
    if (bucketState === undefined) continue;
    const state: RateState = { name, rule, ...bucketState };
    const isTighter =
      tightest === null ||
      state.retryAfterMs > tightest.retryAfterMs ||
      (tightest.retryAfterMs === 0 && shareLeft(state) < shareLeft(tightest));
    if (isTighter) tightest = state;
    waitMs = Math.max(waitMs, state.retryAfterMs);
  }
  return { isAllowed: waitMs === 0, retryAfterSeconds: Math.ceil(waitMs / 1000), tightest };
}

function shareLeft(state: RateState): number {
  return state.remaining / state.rule.burst;
}
