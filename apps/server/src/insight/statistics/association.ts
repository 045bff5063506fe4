/**
 * Does a business number move with latency? Shown as bands of latency with their own n and rate, and as a rank correlation
 * with its interval. Both describe: slow visitors also differ in device and place.
 */
import { VIEWS_MIN } from "./quantile.ts";
import { isCounter } from "./sound.ts";
import { Z_95 } from "./specialFunctions.ts";

/** Pairs without which a correlation is not told. */
const PAIRS_MIN = 30;

export interface BandCounts {
  /** Such as "1–2 s". */
  readonly band: string;
  /** Sessions (or views) in the band, and those of them that did it: ordered, searched, left. */
  readonly n: number;
  readonly k: number;
}

export interface Band extends BandCounts {
  /** k/n with Wilson's 95 % interval, 0..1; all null where there are fewer than 200. */
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Bands whose counts contradict themselves have none. */
export function ratesByBand(bands: readonly BandCounts[], sessionsMin = VIEWS_MIN): Band[] {
  return bands.map(({ band, n, k }) => {
    if (!isCounter({ n, k })) return { band, n: 0, k: 0, rate: null, low: null, high: null };
    if (n < Math.max(1, sessionsMin)) return { band, n, k, rate: null, low: null, high: null };
    return { band, n, k, rate: k / n, ...wilsonInterval(k, n) };
  });
}

/** Wilson 1927. @returns 95 % interval of a share, 0..1: all of it where nothing was counted */
export function wilsonInterval(k: number, n: number): { low: number; high: number } {
  if (!isCounter({ n, k }) || n < 1) return { low: 0, high: 1 };
  const share = k / n;
  const square = Z_95 ** 2 / n;
  const centre = share + square / 2;
  const reach = Z_95 * Math.sqrt((share * (1 - share) + square / 4) / n);
  return {
    low: k === 0 ? 0 : Math.max(0, (centre - reach) / (1 + square)),
    high: k === n ? 1 : Math.min(1, (centre + reach) / (1 + square)),
  };
}

export interface RankCorrelation {
  readonly n: number;
  /** Spearman's ρ, −1..1, with its 95 % interval; null with too few pairs, or where one side never varies. */
  readonly rho: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The interval is on one side of zero. */
  readonly isProved: boolean;
}

/**
 * Spearman's ρ with ties at their mean rank; interval by Fisher's z with the variance (1 + ρ²/2)/(n − 3) of Bonett &
 * Wright 2000. Pairs with a side that is no finite number are left out.
 */
export function rankCorrelation(
  pairs: readonly (readonly [x: number, y: number])[],
  pairsMin = PAIRS_MIN,
): RankCorrelation {
  const usable = pairs.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const n = usable.length;
  const rho =
    n < Math.max(4, pairsMin)
      ? null
      : pearson(ranks(usable.map(([x]) => x)), ranks(usable.map(([, y]) => y)));
  if (rho === null) return { n, rho, low: null, high: null, isProved: false };
  const z = Math.atanh(rho);
  const reach = Z_95 * Math.sqrt((1 + rho ** 2 / 2) / (n - 3));
  const [low, high] = [Math.tanh(z - reach), Math.tanh(z + reach)];
  return { n, rho, low, high, isProved: low > 0 || high < 0 };
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const result = Array.from(values, () => 0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && order[to]?.value === order[from]?.value) to++;
    for (const { at } of order.slice(from, to)) result[at] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

/** Null where one side is constant. */
function pearson(xs: readonly number[], ys: readonly number[]): number | null {
  const mean = (xs.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  xs.forEach((x, at) => {
    const [dx, dy] = [x - mean, (ys[at] ?? 0) - mean];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  return xx === 0 || yy === 0 ? null : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}
