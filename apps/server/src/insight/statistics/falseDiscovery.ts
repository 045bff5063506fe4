/**
 * Many tests at once: Benjamini & Hochberg 1995. Of the routes called regressed, at most the share q is wrong in the long
 * run. With p-values of e-values (1/E) this is e-BH (Wang & Ramdas 2022, arXiv 2009.02824), which holds however the routes
 * depend on each other.
 */

export interface CorrectedTest {
  /** Smallest q at which this one is still a discovery; at least the p-value itself. */
  readonly qValue: number;
  readonly isDiscovery: boolean;
}

/**
 * @param pValues 0..1; anything else counts as 1
 * @param q share of false discoveries to live with
 * @returns one a p-value, in the same order
 */
export function benjaminiHochberg(pValues: readonly number[], q: number): CorrectedTest[] {
  const ranked = pValues
    .map((pValue, at) => ({ at, pValue: pValue >= 0 && pValue <= 1 ? pValue : 1 }))
    .sort((a, b) => b.pValue - a.pValue);
  const tests: CorrectedTest[] = Array.from(pValues, () => ({ qValue: 1, isDiscovery: false }));
  let qValue = 1;
  ranked.forEach(({ at, pValue }, position) => {
    qValue = Math.min(qValue, pValue * (ranked.length / (ranked.length - position)));
    tests[at] = { qValue, isDiscovery: qValue <= q };
  });
  return tests;
}
