import type { MetricSeries } from "./readSeries.ts";

/** Series point by point: the sum of those that are known, null where none is. */
export function added(
  all: readonly Pick<MetricSeries, "values" | "lows">[],
  what: "values" | "lows" = "values",
): (number | null)[] {
  const [first] = all;
  if (first === undefined) return [];
  return first[what].map((_, index) => {
    let sum: number | null = null;
    for (const series of all) {
      const value = series[what][index] ?? null;
      if (value !== null) sum = (sum ?? 0) + value;
    }
    return sum;
  });
}
