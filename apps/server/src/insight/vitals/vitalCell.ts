/** A vital as tables show it. */
import { rateVital, type VitalCell, type VitalName } from "@throughline/contract";
import { p75, rounded, stepsOfBuckets, type VitalCounts } from "./vitalHistogram.ts";

export function cellOf(row: VitalCounts & { readonly metric: VitalName }): VitalCell {
  const { metric: name, count: sampleCount, poor: poorCount } = row;
  const value = p75(stepsOfBuckets(name, row)) ?? 0;
  return { name, value: rounded(name, value), rating: rateVital(name, value), sampleCount, poorCount };
}
