/** The costly part of the overview, kept for a few seconds: for the page, the API and live events alike. */
import type { OverviewBeneath, TimeRange } from "@throughline/contract";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import type { SourceCache } from "./sourceCache.ts";

/** What the overview shows beneath its first screen; not older than the cache table says. */
export type BeneathReader = (
  reader: ScopedReader,
  range: TimeRange,
  nowMs: number,
) => Promise<OverviewBeneath>;

export function createBeneathReader(cache: SourceCache, read: BeneathReader): BeneathReader {
  return async (reader, range, nowMs) => {
    // A relative range moves with the clock and stays the same question.
    const { key, fromMs, toMs } = range;
    const part = key === "custom" ? [key, String(fromMs), String(toMs)] : [key];
    const { data } = await cache.get("overviewBeneath", reader.scope, part, () => read(reader, range, nowMs));
    return data;
  };
}
