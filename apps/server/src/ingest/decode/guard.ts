/**
 * Cardinality guard: what would become a row of a rollup (services, routes, span names, metric series) is counted per
 * sender, and past a bound new ones share the bucket `(other)`. One per worker, in memory; seeded from the store at
 * start, so that a restart neither forgets what is known nor lets a flood in again.
 */
import { createHash } from "node:crypto";

export type GuardKind = "service" | "route" | "name" | "metric" | "series";

/** A value that is stored already. `service` is empty for kind `service`; series are given by their 64-bit id. */
export interface GuardSeed {
  readonly tenantId: string;
  readonly projectId: string;
  readonly kind: GuardKind;
  readonly service: string;
  /** Set for kind `series`. */
  readonly metric?: string;
  /** A service, route, span name or metric name; for a series its id in decimal, as the column prints it. */
  readonly value: string;
}

export interface GuardLimits {
  readonly servicesPerProject: number;
  readonly routesPerService: number;
  readonly namesPerService: number;
  readonly metricsPerService: number;
  readonly seriesPerMetric: number;
  /** All values of all senders; past it the sets used longest ago are forgotten. */
  readonly valuesMax: number;
}

export const GUARD_LIMITS: GuardLimits = {
  servicesPerProject: 500,
  routesPerService: 1000,
  namesPerService: 2000,
  metricsPerService: 2000,
  seriesPerMetric: 10_000,
  valuesMax: 1_000_000,
};

export interface Guard {
  /** The values known of one place; ask it with admits(). Cheap to call once per resource or metric, not per item. */
  set(kind: GuardKind, tenantId: string, projectId: string, service: string, metric?: string): GuardSet;
  seed(seeds: readonly GuardSeed[]): void;
  readonly values: number;
}

export interface GuardSet {
  /** True when the value is known or there is room for it. */
  admits(fingerprint: number): boolean;
}

export function createGuard(limits: GuardLimits = GUARD_LIMITS): Guard {
  const bounds: Readonly<Record<GuardKind, number>> = {
    service: limits.servicesPerProject,
    route: limits.routesPerService,
    name: limits.namesPerService,
    metric: limits.metricsPerService,
    series: limits.seriesPerMetric,
  };
  /** In order of use, the longest unused first. */
  const sets = new Map<string, Set<number>>();
  let values = 0;

  function forgetOldest(kept: Set<number>): void {
    for (const [key, known] of sets) {
      if (values <= limits.valuesMax) return;
      if (known === kept) continue;
      sets.delete(key);
      values -= known.size;
      // Requests that hold the set still count on it; it is simply no longer shared.
    }
  }

  const guard: Guard = {
    set(kind, tenantId, projectId, service, metric = "") {
      const key = [kind, tenantId, projectId, service, metric].join("\0");
      const known = sets.get(key) ?? new Set<number>();
      sets.delete(key);
      sets.set(key, known);
      const bound = bounds[kind];
      return {
        admits(fingerprint) {
          if (known.has(fingerprint)) return true;
          if (known.size >= bound) return false;
          known.add(fingerprint);
          if (sets.get(key) === known && ++values > limits.valuesMax) forgetOldest(known);
          return true;
        },
      };
    },
    seed(seeds) {
      for (const { kind, tenantId, projectId, service, metric, value } of seeds) {
        const fingerprint = kind === "series" ? seriesFingerprint(BigInt(value)) : textFingerprint(value);
        guard.set(kind, tenantId, projectId, service, metric).admits(fingerprint);
      }
    },
    get values() {
      return values;
    },
  };
  return guard;
}

/** 52 bits of a text: sets hold numbers instead of strings, so that their memory has a bound. */
export function textFingerprint(text: string): number {
  const digest = createHash("sha1").update(text).digest();
  return digest.readUInt32LE(0) * 0x100000 + (digest.readUInt32LE(4) >>> 12);
}

/** The same from the halves of a series id. */
export function seriesFingerprintOf(lo: number, hi: number): number {
  return (hi & 0x1fffff) * 4_294_967_296 + (lo >>> 0);
}

/** 53 bits of a series id. */
export function seriesFingerprint(id: bigint): number {
  return Number(BigInt.asUintN(53, id));
}
