/**
 * What a client is told about its limit. `RateLimit` and `RateLimit-Policy` as in the IETF's current draft
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/), and the three fields of its earlier ones
 * (-03 to -06), which is what most clients read today. A bucket's `burst` is what can be used at once, so it is the quota.
 */
import type { FastifyReply } from "fastify";
import type { RateState } from "./rateLimiter.ts";

export function setRateLimitHeaders(reply: FastifyReply, state: RateState): void {
  const { name, rule, remaining, resetMs } = state;
  const resetSeconds = Math.ceil(resetMs / 1000);
  // The time in which an empty bucket fills up.
  const windowSeconds = Math.max(1, Math.ceil((rule.burst * rule.periodMs) / rule.limit / 1000));
  reply.header("ratelimit-policy", `"${name}";q=${rule.burst};w=${windowSeconds}`);
  reply.header("ratelimit", `"${name}";r=${remaining};t=${resetSeconds}`);
  reply.header("ratelimit-limit", rule.burst);
  reply.header("ratelimit-remaining", remaining);
  reply.header("ratelimit-reset", resetSeconds);
}
