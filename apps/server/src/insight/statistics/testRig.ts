/** Random page views for tests: the same for the same seed, on every machine. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { LogHistogram } from "./histogram.ts";

export interface RandomValues {
  /** 0..1, 1 excluded. */
  uniform(): number;
  /** Log-normal, as loading times are. */
  logNormal(median: number, sigma: number): number;
}

export function seededRandom(seed: number): RandomValues {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(generator);
  // Box-Muller gives two independent normals at a time.
  let spare: number | null = null;
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, logNormal: (median, sigma) => median * Math.exp(sigma * normal()) };
}

export function histogramOf(values: Iterable<number>): LogHistogram {
  const counts: Record<string, number> = {};
  let max = 0;
  for (const value of values) {
    const bucket = Math.floor(8 * Math.log2(Math.max(1, value)));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    if (value > max) max = value;
  }
  return { counts, max };
}
