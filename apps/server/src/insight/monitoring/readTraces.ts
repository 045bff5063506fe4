import type { MonitoringFilter, MonitoringTraces, TimeRange } from "@throughline/contract";
import { z } from "zod";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { decodeCursor, encodeCursor, wholeNumberText } from "../cursor.ts";
import { newestEntrySpans } from "../entrySpans.ts";

const key = z.object({ timeNs: wholeNumberText(2n ** 63n - 1n), spanId: z.string().regex(/^[0-9a-f]{16}$/) });

/**
 * Traces, newest first, by the spans with which they enter a service: one that goes through two services is there twice,
 * and one whose root was never received is there as well.
 * @throws {CursorError}
 */
export async function readTraces(
  reader: ScopedReader,
  range: TimeRange,
  filter: MonitoringFilter,
): Promise<Omit<MonitoringTraces, "project">> {
  const { limit } = filter;
  const after = decodeCursor(filter.cursor, key);
  const found = await newestEntrySpans(reader, range, { ...filter, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    range,
    traces: shown.map(({ row }) => row),
    nextCursor:
      found.length > limit && last !== undefined
        ? encodeCursor({ timeNs: last.timeNs, spanId: last.row.spanId })
        : null,
  };
}
