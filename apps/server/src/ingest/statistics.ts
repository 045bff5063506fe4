/** What ingest counts about itself: totals, rates and the time to acknowledge. */
import { Counters, LatencyMeter, RateMeter } from "./meters.ts";
import type { DecodedBatch, IngestStatus, Signal } from "./types.ts";

type Counted = Pick<
  IngestStatus,
  "ratePerSecond" | "acceptedTotal" | "refusedTotal" | "overflowedTotal" | "ackP50Ms" | "ackP99Ms"
>;

export class IngestStatistics {
  readonly #rates: Readonly<Record<Signal, RateMeter>> = {
    traces: new RateMeter(),
    logs: new RateMeter(),
    metrics: new RateMeter(),
    web_vitals: new RateMeter(),
    events: new RateMeter(),
  };
  readonly #accepted = new Counters();
  readonly #refused = new Counters();
  readonly #ackLatency = new LatencyMeter();
  #overflowed = 0;

  countAcknowledged(signal: Signal, batch: DecodedBatch, durationMs: number): void {
    const nowMs = Date.now();
    this.#rates[signal].add(batch.accepted, nowMs);
    this.#accepted.add(signal, batch.accepted);
    this.#overflowed += batch.overflowed;
    for (const [reason, items] of Object.entries(batch.refused)) this.#refused.add(reason, items);
    this.#ackLatency.record(durationMs, nowMs);
  }

  /** A request refused whole counts as one, whatever it held. */
  countRefusal(reason: string): void {
    this.#refused.add(reason, 1);
  }

  snapshot(): Counted {
    const nowMs = Date.now();
    return {
      ratePerSecond: bySignal((signal) => this.#rates[signal].perSecond(nowMs)),
      acceptedTotal: bySignal((signal) => this.#accepted.get(signal)),
      refusedTotal: this.#refused.all(),
      overflowedTotal: this.#overflowed,
      ackP50Ms: this.#ackLatency.quantileMs(0.5, nowMs),
      ackP99Ms: this.#ackLatency.quantileMs(0.99, nowMs),
    };
  }
}

function bySignal(figure: (signal: Signal) => number): Record<Signal, number> {
  return {
    traces: figure("traces"),
    logs: figure("logs"),
    metrics: figure("metrics"),
    web_vitals: figure("web_vitals"),
    events: figure("events"),
  };
}
