/** How often who may send telemetry: the rules `ingest` and `browser_ingest`, counted by this instance, at once. */
import { IngestRefusal, type LimitSender } from "../../ingest/index.ts";
import type { RateLimiter } from "./rateLimiter.ts";

export function createIngestGate(limiter: Pick<RateLimiter, "takeNow">): LimitSender {
  return (sender, address) => {
    const rule = sender.isBrowser === true ? "browser_ingest" : "ingest";
    const { isAllowed, retryAfterSeconds, tightest } = limiter.takeNow(rule, { key: sender.keyId, address });
    if (isAllowed) return null;
    const whose = tightest?.rule.by === "address" ? "Your address" : "This ingest key";
    return new IngestRefusal(
      "rate_limited",
      `${whose} sends too many requests. Put more items into each, and send this one again later.`,
      retryAfterSeconds,
    );
  };
}
