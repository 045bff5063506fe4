/**
 * Cardinality guard: what would become a row of a rollup (services, routes, span names, metric series, pages) is counted per
 * sender, and past a bound new ones share the bucket `(other)`. One per worker, in memory; seeded from the store at
 * start, so that a restart neither forgets what is known nor lets a flood in again.
 */
import { createHash } from "node:crypto";

export type GuardKind =
  | "service"
  | "route"
  | "name"
  | "metric"
  | "series"
  /** Of browsers: sites, page patterns, releases and environments of a project. */
  | "site"
  | "page"
  | "release"
  | "environment";

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
  readonly sitesPerProject: number;
  readonly pagesPerProject: number;
  readonly releasesPerProject: number;
  readonly environmentsPerProject: number;
  /** A value that was not seen for this long (up to twice) no longer counts. */
  readonly forgetAfterMs: number;
  /** All values of all senders; past it the sets used longest ago are forgotten. */
  readonly valuesMax: number;
}

export const GUARD_LIMITS: GuardLimits = {
  servicesPerProject: 500,
  routesPerService: 1000,
  namesPerService: 2000,
  metricsPerService: 2000,
  seriesPerMetric: 10_000,
  sitesPerProject: 100,
  pagesPerProject: 1000,
  releasesPerProject: 200,
  environmentsPerProject: 20,
  forgetAfterMs: 6 * 3_600_000,
  valuesMax: 1_000_000,
};

export interface Guard {
  /** The values known of one place; ask it with admits(). Cheap to call once per resource or metric, not per item. */
  set(kind: GuardKind, place: GuardPlace): GuardSet;
  seed(seeds: readonly GuardSeed[], nowMs: number): void;
  readonly values: number;
}

export interface GuardPlace {
  readonly tenantId: string;
  readonly projectId: string;
  /** Empty for services themselves and for what browsers send. */
  readonly service: string;
  /** Only for series. */
  readonly metric?: string;
  readonly nowMs: number;
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
    site: limits.sitesPerProject,
    page: limits.pagesPerProject,
    release: limits.releasesPerProject,
    environment: limits.environmentsPerProject,
  };
  /** In order of use, the longest unused first. */
  const sets = new Map<string, KnownValues>();
  let values = 0;

  function forgetOldest(): void {
    for (const [key, known] of sets) {
      if (values <= limits.valuesMax || sets.size === 1) return;
      sets.delete(key);
      values -= known.size;
      known.isShared = false;
    }
  }

  const guard: Guard = {
    set(kind, { tenantId, projectId, service, metric = "", nowMs }) {
      const key = [kind, tenantId, projectId, service, metric].join("\0");
      const known = sets.get(key) ?? new KnownValues(bounds[kind], nowMs);
      sets.delete(key);
      sets.set(key, known);
      values -= known.size;
      known.age(nowMs, limits.forgetAfterMs);
      values += known.size;
      return {
        admits(fingerprint) {
          const before = known.size;
          const isAdmitted = known.admits(fingerprint);
          // A set that was forgotten meanwhile is still asked by its request, but no longer counted.
          if (known.isShared && known.size > before && ++values > limits.valuesMax) forgetOldest();
          return isAdmitted;
        },
      };
    },
    seed(seeds, nowMs) {
      for (const { kind, value, ...place } of seeds) {
        const fingerprint = kind === "series" ? seriesFingerprint(BigInt(value)) : textFingerprint(value);
        guard.set(kind, { ...place, nowMs }).admits(fingerprint);
      }
    },
    get values() {
      return values;
    },
  };
  return guard;
}

/** At most `bound` values in two generations; what is not seen for one to two of them makes room again. */
class KnownValues {
  isShared = true;
  private current = new Set<number>();
  private previous = new Set<number>();
  private readonly bound: number;
  private sinceMs: number;

  constructor(bound: number, nowMs: number) {
    this.bound = bound;
    this.sinceMs = nowMs;
  }

  get size(): number {
    return this.current.size + this.previous.size;
  }

  age(nowMs: number, generationMs: number): void {
    if (nowMs - this.sinceMs < generationMs) return;
    const isLongAgo = nowMs - this.sinceMs >= 2 * generationMs;
    this.previous = isLongAgo ? new Set() : this.current;
    this.current = new Set();
    this.sinceMs = nowMs;
  }

  admits(value: number): boolean {
    if (this.current.has(value)) return true;
    if (!this.previous.delete(value) && this.size >= this.bound) return false;
    this.current.add(value);
    return true;
  }
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
