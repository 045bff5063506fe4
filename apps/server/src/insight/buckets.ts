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
 * @param maxNs the longest duration among them: no percentile is above it, however wide its bucket
 */
export function quantileMsSql(q: number, map: string, maxNs: string): string {
  const keys = `mapKeys(${map})`;
  const counts = `mapValues(${map})`;
  const sums = `arrayCumSum(${counts})`;
  // The first bucket in which the wanted rank lies.
  const rank = `(${q} * arraySum(${counts}))`;
  const at = `arrayFirstIndex(s -> s >= ${rank}, ${sums})`;
  const low = `pow(2, ${keys}[${at}] / ${BUCKETS_PER_OCTAVE})`;
  const width = `(pow(2, 1 / ${BUCKETS_PER_OCTAVE}) - 1)`;
  const inside = `((${rank} - (${sums}[${at}] - ${counts}[${at}])) / ${counts}[${at}])`;
  return `if(empty(${keys}), NULL, least(${low} * (1 + ${width} * ${inside}), toFloat64(${maxNs})) / 1e6)`;
}

/** Columns `p50Ms`, `p95Ms` and `p99Ms` of a map of bucket counts. */
export function bucketQuantilesSql(map: string, maxNs: string): string {
  return `${quantileMsSql(0.5, map, maxNs)} AS p50Ms,
       ${quantileMsSql(0.95, map, maxNs)} AS p95Ms,
       ${quantileMsSql(0.99, map, maxNs)} AS p99Ms`;
}
