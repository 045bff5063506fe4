import type { MonitoringFilter, MonitoringTraces, TimeRange } from "@throughline/contract";
import { z } from "zod";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { decodeCursor, encodeCursor, wholeNumberText } from "../cursor.ts";
import { isSpanSearch, newestEntrySpans } from "../entrySpans.ts";
import { readDurations, spansSearchedMax } from "./readDurations.ts";
import { searchFrom } from "./searchFrom.ts";

const key = z.object({ timeNs: wholeNumberText(2n ** 63n - 1n), spanId: z.string().regex(/^[0-9a-f]{16}$/) });
/** Before all spans of its nanosecond. */
const FIRST_SPAN_ID = "0".repeat(16);

/**
 * Traces, newest first, by the spans with which they enter a service: one that goes through two services is there twice,
 * and one whose root was never received is there as well. With a span's name or an attribute, every span that matches; then
 * a page looks through so many spans at most, and its cursor goes on from there.
 * @param spansMax for tests
 * @throws {CursorError}
 */
export async function readTraces(
  reader: ScopedReader,
  range: TimeRange,
  filter: MonitoringFilter,
  spansMax = spansSearchedMax(filter),
): Promise<Omit<MonitoringTraces, "project">> {
  const { limit } = filter;
  const after = decodeCursor(filter.cursor, key);
  const toMs =
    after === undefined ? range.toMs : Math.min(range.toMs, Number(BigInt(after.timeNs) / 1_000_000n));
  const searchedFromMs = isSpanSearch(filter)
    ? await searchFrom(reader, range, toMs, filter.service, spansMax)
    : null;
  const searched = { ...range, fromMs: searchedFromMs ?? range.fromMs };
  const [found, histogram] = await Promise.all([
    newestEntrySpans(reader, searched, { ...filter, after, limit: limit + 1 }),
    filter.histogram === true ? readDurations(reader, range, filter) : null,
  ]);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return {
    range,
    traces: shown.map(({ row }) => row),
    histogram,
    searchedFromMs: isMore ? null : searchedFromMs,
    nextCursor: isMore
      ? encodeCursor({ timeNs: last.timeNs, spanId: last.row.spanId })
      : searchedFromMs === null
        ? null
        : encodeCursor({ timeNs: `${searchedFromMs}000000`, spanId: FIRST_SPAN_ID }),
  };
}
