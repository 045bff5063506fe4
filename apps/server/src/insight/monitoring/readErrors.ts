import type { MonitoringErrors, MonitoringFilter, TimeRange } from "@throughline/contract";
import { z } from "zod";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { decodeCursor, encodeCursor, wholeNumberText } from "../cursor.ts";
import { readExceptions } from "../errors.ts";
import { timeGrid } from "../timeGrid.ts";

const key = z.object({
  lastSeenMs: z.number().int().min(0),
  fingerprint: wholeNumberText(2n ** 64n - 1n),
});

/**
 * Recorded exceptions by fingerprint, last seen first.
 * @throws {CursorError}
 */
export async function readErrors(
  reader: ScopedReader,
  range: TimeRange,
  filter: Pick<MonitoringFilter, "service" | "route" | "limit" | "cursor">,
  nowMs = Date.now(),
): Promise<Omit<MonitoringErrors, "project">> {
  const grid = timeGrid(range, nowMs);
  const { service, route, limit } = filter;
  const after = decodeCursor(filter.cursor, key);
  // One more than asked for tells whether there is a next page.
  const found = await readExceptions(reader, grid, { service, route, after, limit: limit + 1 });
  const errors = found.slice(0, limit);
  const last = errors.at(-1);
  const nextCursor =
    found.length > limit && last !== undefined
      ? encodeCursor({ lastSeenMs: last.lastSeenMs, fingerprint: last.fingerprint })
      : null;
  return { range: grid.range, errors, nextCursor };
}
