/** What counts as data. Anything else is left out where it comes in, so that no formula meets NaN or overflows. */

/** No metric gets near; beyond it squares and sums stop being finite. */
const VALUE_MAX = 1e100;
/** Up to here doubles tell one view from the next. */
const COUNT_MAX = 2 ** 53;

/** A duration, a size, a CLS: a number from 0 on. */
export function isValue(value: number): boolean {
  return value >= 0 && value <= VALUE_MAX;
}

export function isCount(count: number): boolean {
  return count >= 0 && count <= COUNT_MAX;
}

/** Of n views, k did something. */
export function isCounter({ n, k }: { readonly n: number; readonly k: number }): boolean {
  return isCount(n) && k >= 0 && k <= n;
}
