/** By how much one side's quantile lies above the other's, and how sure that is. */
import { quantile } from "./figures.ts";

export interface QuantileShift {
  /** The second side's quantile less the first one's. */
  readonly shift: number;
  /** 95 % of what other runs of the same length would have said. */
  readonly low: number;
  readonly high: number;
}

/** Neighbours meet the same moment of the machine, so they are drawn together. */
const BLOCK_PAIRS = 50;
const DRAWS = 1_000;
const SEED = 0x5eed;

/**
 * Both sides were measured in turn: `before[i]` and `after[i]` are neighbours. The interval is the block bootstrap's:
 * blocks of pairs are drawn with replacement and the shift is computed anew (Künsch 1989, https://doi.org/10.1214/aos/1176347265).
 */
export function quantileShift(
  before: readonly number[],
  after: readonly number[],
  share: number,
): QuantileShift {
  const shiftOf = (a: readonly number[], b: readonly number[]) => quantile(b, share) - quantile(a, share);
  const blocks = Math.max(1, Math.floor(before.length / BLOCK_PAIRS));
  const random = randomOf(SEED);
  const shifts = Array.from({ length: DRAWS }, () => {
    const [a, b]: [number[], number[]] = [[], []];
    for (let drawn = 0; drawn < blocks; drawn++) {
      const from = Math.floor(random() * blocks) * BLOCK_PAIRS;
      a.push(...before.slice(from, from + BLOCK_PAIRS));
      b.push(...after.slice(from, from + BLOCK_PAIRS));
    }
    return shiftOf(a, b);
  });
  return { shift: shiftOf(before, after), low: quantile(shifts, 0.025), high: quantile(shifts, 0.975) };
}

/** Mulberry32: the same numbers in each run, so that a report can be made again from its samples. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
