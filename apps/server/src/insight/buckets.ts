/**
 * Percentiles of log-bucket histograms: bucket k holds durations from 2^(k/8) to 2^((k+1)/8) nanoseconds, eight buckets
 * an octave, as OpenTelemetry's exponential histogram of scale 3. Inside a bucket values are taken as evenly spread,
 * so a percentile is off by less than the bucket's width (9 %), and far less on smooth data.
 */
export const BUCKETS_PER_OCTAVE = 8;

/**
 * SQL for a percentile in milliseconds of a `Map(UInt16, UInt64)` in ascending order of keys; NULL when it is empty.
 * @param q 0..1
 * @param map an expression, evaluated several times: pass a column's name
 */
export function quantileMsSql(q: number, map: string): string {
  const keys = `mapKeys(${map})`;
  const counts = `mapValues(${map})`;
  const sums = `arrayCumSum(${counts})`;
  // The first bucket in which the wanted rank lies.
  const rank = `(${q} * arraySum(${counts}))`;
  const at = `arrayFirstIndex(s -> s >= ${rank}, ${sums})`;
  const low = `pow(2, ${keys}[${at}] / ${BUCKETS_PER_OCTAVE})`;
  const width = `(pow(2, 1 / ${BUCKETS_PER_OCTAVE}) - 1)`;
  const inside = `((${rank} - (${sums}[${at}] - ${counts}[${at}])) / ${counts}[${at}])`;
  return `if(empty(${keys}), NULL, ${low} * (1 + ${width} * ${inside}) / 1e6)`;
}

/** The same on counts by bucket in JavaScript; null when there are none. */
export function quantileMs(q: number, counts: ReadonlyMap<number, number>): number | null {
  const buckets = [...counts].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const rank = q * total;
  let below = 0;
  for (const [bucket, count] of buckets) {
    if (below + count >= rank) {
      const low = 2 ** (bucket / BUCKETS_PER_OCTAVE);
      const width = 2 ** (1 / BUCKETS_PER_OCTAVE) - 1;
      return (low * (1 + (width * (rank - below)) / count)) / 1e6;
    }
    below += count;
  }
  return null;
}

/** The bucket of a duration, as the rollups' views compute it. */
export function bucketOf(durationNs: number): number {
  return Math.floor(BUCKETS_PER_OCTAVE * Math.log2(Math.max(durationNs, 1)));
}

/** Columns `p50Ms`, `p95Ms` and `p99Ms` of a map of bucket counts. */
export function bucketQuantilesSql(map: string): string {
  return `${quantileMsSql(0.5, map)} AS p50Ms,
       ${quantileMsSql(0.95, map)} AS p95Ms,
       ${quantileMsSql(0.99, map)} AS p99Ms`;
}
