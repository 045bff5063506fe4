/** Errors of a project, alike ones together, ranked: from rollups alone. */
import type { ErrorGroupRow, ErrorList, ErrorsFilter, TimeRange } from "@throughline/contract";
import { z } from "zod";
import type { QueryParams, ScopedReader } from "../../engines/telemetry/index.ts";
import { decodeCursor, encodeCursor, wholeNumberText } from "../cursor.ts";
import { traceIdOrNull } from "../routes.ts";
import { timeGrid, type TimeGrid } from "../timeGrid.ts";
import {
  AMONG,
  DAYS,
  errorCells,
  GROUP_COLUMNS,
  groupFilter,
  knownCount,
  SCOPED,
  type GroupTotals,
} from "./errorCells.ts";
import { readNames } from "./readNames.ts";

const SPARKLINE_SLOTS = 30;
const CHOICES_MAX = 200;

/** `only` or `except` these, by what people decided; neither: all. */
export interface Decided {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

export type StatelessRow = Omit<ErrorGroupRow, "state">;
export interface ErrorGroups extends Pick<
  ErrorList,
  "range" | "totals" | "services" | "releases" | "nextCursor"
> {
  readonly errors: readonly StatelessRow[];
}

interface Ranked extends GroupTotals {
  readonly fingerprint: string;
  readonly sortKey: number;
  readonly releases: readonly string[];
  readonly groups: number;
  readonly all: number;
}

/** `first` is by the first occurrence in the range: of those from before the range it is the range's own first. */
const ORDERS: Readonly<Record<ErrorsFilter["sort"], string>> = {
  last: "toInt64(toUnixTimestamp64Milli(max(last_at)))",
  count: "toInt64(sum(count))",
  users: "toInt64(greatest(uniqCombined64Merge(users), uniqCombined64Merge(sessions)))",
  first: "toInt64(toUnixTimestamp64Milli(min(first_at)))",
};

const key = z.object({
  sort: z.string(),
  value: z.number().int(),
  fingerprint: wholeNumberText(2n ** 64n - 1n),
});

/** @throws {CursorError} */
export async function readErrorGroups(
  reader: ScopedReader,
  range: TimeRange,
  filter: ErrorsFilter,
  decided: Decided,
  nowMs: number,
): Promise<ErrorGroups> {
  const grid = timeGrid(range, nowMs);
  const [ranked, totals, choices] = await Promise.all([
    rank(reader, grid, filter, decided),
    readTotals(reader, grid, filter, decided),
    readChoices(reader, grid),
  ]);
  const shown = ranked.slice(0, filter.limit);
  const fingerprints = shown.map(({ fingerprint }) => fingerprint);
  const [names, sparklines] = await Promise.all([
    readNames(reader, fingerprints),
    readSparklines(reader, grid, filter, fingerprints),
  ]);
  const last = shown.at(-1);
  return {
    range: grid.range,
    errors: shown.map((row) => {
      const name = names.get(row.fingerprint);
      return {
        fingerprint: row.fingerprint,
        type: name?.type ?? "",
        message: name?.message ?? "",
        service: name?.service ?? "",
        source: row.origin === "browser" ? "browser" : "server",
        count: row.n,
        users: knownCount(row.userCount),
        sessions: knownCount(row.sessionCount),
        firstSeenMs: name?.firstSeenMs ?? row.lastSeenMs,
        lastSeenMs: row.lastSeenMs,
        releases: row.releases.toSorted(),
        traceId: traceIdOrNull(row.traceId),
        sparkline: sparklines.get(row.fingerprint) ?? [],
      };
    }),
    totals,
    ...choices,
    nextCursor:
      ranked.length > filter.limit && last !== undefined
        ? encodeCursor({ sort: filter.sort, value: last.sortKey, fingerprint: last.fingerprint })
        : null,
  };
}

function conditions(grid: TimeGrid, filter: ErrorsFilter, { only, except }: Decided) {
  const cells = errorCells(grid, filter);
  const list = only ?? except;
  const params: Record<string, QueryParams[string]> = { ...cells.params };
  let { sql } = cells;
  if (list !== undefined) {
    sql += ` AND fingerprint ${only === undefined ? "NOT IN" : "IN"} ${AMONG}`;
    params.fingerprints = [...list];
  }
  if (filter.q !== undefined) {
    const { where } = groupFilter(filter);
    sql += ` AND fingerprint IN (SELECT fingerprint FROM error_rollups WHERE ${DAYS} ${where}
      AND time >= toStartOfDay(toDateTime({from:UInt32}, 'UTC')) AND time < toDateTime({to:UInt32}, 'UTC')
      GROUP BY fingerprint
      HAVING positionCaseInsensitiveUTF8(concat(any(type), ' ', argMaxMerge(last_message)), {q:String}) > 0)`;
    Object.assign(params, grid.params, { q: filter.q });
  }
  return { sql, params };
}

async function rank(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: ErrorsFilter,
  decided: Decided,
): Promise<Ranked[]> {
  const found = conditions(grid, filter, decided);
  const cursor = decodeCursor(filter.cursor, key);
  // A cursor of another order means nothing in this one.
  const after = cursor?.sort === filter.sort ? cursor : undefined;
  return await reader.query<Ranked>(
    `SELECT toString(e.fingerprint) AS fingerprint, ${ORDERS[filter.sort]} AS sortKey, ${GROUP_COLUMNS},
       groupUniqArrayIf(20)(toString(service_version), service_version != '') AS releases
     FROM error_rollups AS e WHERE ${found.sql}
     GROUP BY e.fingerprint
     ${after === undefined ? "" : "HAVING (sortKey, e.fingerprint) < ({afterValue:Int64}, {afterFingerprint:UInt64})"}
     ORDER BY sortKey DESC, e.fingerprint DESC LIMIT {limit:UInt32}`,
    {
      ...found.params,
      limit: filter.limit + 1,
      ...(after === undefined
        ? {}
        : { afterValue: after.value, afterFingerprint: BigInt(after.fingerprint) }),
    },
    { name: "errors.rank" },
  );
}

async function readTotals(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: ErrorsFilter,
  decided: Decided,
): Promise<ErrorList["totals"]> {
  const found = conditions(grid, filter, decided);
  const [row] = await reader.query<ErrorList["totals"]>(
    `SELECT uniqExact(e.fingerprint) AS groups, sum(e.count) AS count FROM error_rollups AS e WHERE ${found.sql}`,
    found.params,
    { name: "errors.totals" },
  );
  return row ?? { groups: 0, count: 0 };
}

async function readChoices(
  reader: ScopedReader,
  grid: TimeGrid,
): Promise<Pick<ErrorList, "services" | "releases">> {
  const cells = errorCells(grid);
  const [row] = await reader.query<Pick<ErrorList, "services" | "releases">>(
    `SELECT groupUniqArray(${CHOICES_MAX})(toString(service)) AS services,
       groupUniqArrayIf(${CHOICES_MAX})(toString(service_version), service_version != '') AS releases
     FROM error_rollups WHERE ${cells.sql}`,
    cells.params,
    { name: "errors.choices" },
  );
  return {
    services: (row?.services ?? []).toSorted(),
    releases: (row?.releases ?? []).toSorted(),
  };
}

async function readSparklines(
  reader: ScopedReader,
  grid: TimeGrid,
  filter: ErrorsFilter,
  fingerprints: readonly string[],
): Promise<ReadonlyMap<string, number[]>> {
  if (fingerprints.length === 0) return new Map();
  const { where, params } = groupFilter(filter);
  const size = Math.ceil(grid.timesMs.length / SPARKLINE_SLOTS);
  const slots = Math.ceil(grid.timesMs.length / size);
  const rows = await reader.query<{ fingerprint: string; slot: number; n: number }>(
    `SELECT toString(fingerprint) AS fingerprint, intDiv(toUnixTimestamp(time) - {from:UInt32}, {slot:UInt32}) AS slot,
       sum(e.count) AS n
     FROM error_rollups AS e
     WHERE ${SCOPED} ${where} AND step_seconds = {cell:UInt32}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       AND e.fingerprint IN ${AMONG}
     GROUP BY e.fingerprint, slot`,
    {
      ...grid.params,
      ...params,
      slot: (grid.stepMs / 1000) * size,
      fingerprints: [...fingerprints],
    },
    { name: "errors.sparklines" },
  );
  const found = new Map(fingerprints.map((of) => [of, Array.from({ length: slots }, () => 0)]));
  for (const { fingerprint, slot, n } of rows) {
    const values = found.get(fingerprint);
    if (values !== undefined && slot < slots) values[slot] = n;
  }
  return found;
}
