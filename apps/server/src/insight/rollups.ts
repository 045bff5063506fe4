/** The cells of the rollups, as the migrations create them, and how a span of time is covered with few of them. */
import type { QueryParams } from "../engines/telemetry/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface CellWidth {
  readonly stepSeconds: number;
  readonly retentionDays: number;
}

/** Narrowest first; a test compares them with the tables. */
export const CELLS = [
  { stepSeconds: 60, retentionDays: 7 },
  { stepSeconds: 300, retentionDays: 60 },
  { stepSeconds: 3600, retentionDays: 365 },
  { stepSeconds: 86_400, retentionDays: 365 },
] as const satisfies readonly CellWidth[];

/**
 * Those that surely have all rows of this age, narrowest first; the widest when none has. An hour is left for the time
 * between a question and its answer, and for clocks: a cell may go as soon as its start is too old.
 */
export function retainedCells(ageMs: number): readonly [CellWidth, ...CellWidth[]] {
  const [first, ...others] = CELLS.filter(({ retentionDays }) => ageMs <= retentionDays * DAY_MS - HOUR_MS);
  return first === undefined ? [CELLS[3]] : [first, ...others];
}

export interface Piece {
  readonly stepSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Covers [fromMs, toMs) with whole cells: days in the middle, hours, five minutes and minutes at the ends, so that totals
 * of thirty days read days and not hours. Nothing narrower than `narrowestSeconds` is used; both ends lie on it.
 */
export function coverOf(fromMs: number, toMs: number, narrowestSeconds: number): Piece[] {
  return cover(
    fromMs,
    toMs,
    CELLS.filter(({ stepSeconds }) => stepSeconds >= narrowestSeconds),
  );
}

function cover(fromMs: number, toMs: number, cells: readonly CellWidth[]): Piece[] {
  if (fromMs >= toMs) return [];
  const widest = cells.at(-1);
  if (widest === undefined) throw new RangeError(`${fromMs} to ${toMs} does not lie on a cell's width.`);
  const { stepSeconds } = widest;
  const stepMs = stepSeconds * 1000;
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  const lastMs = Math.floor(toMs / stepMs) * stepMs;
  const narrower = cells.slice(0, -1);
  if (firstMs >= lastMs) return cover(fromMs, toMs, narrower);
  return [
    ...cover(fromMs, firstMs, narrower),
    { stepSeconds, fromMs: firstMs, toMs: lastMs },
    ...cover(lastMs, toMs, narrower),
  ];
}

export interface Condition {
  readonly sql: string;
  readonly params: QueryParams;
}

/** Which cells of a rollup lie in the pieces. */
export function inPieces(pieces: readonly Piece[]): Condition {
  const params: Record<string, number> = {};
  const conditions = pieces.map(({ stepSeconds, fromMs, toMs }, index) => {
    params[`p${index}from`] = fromMs / 1000;
    params[`p${index}to`] = toMs / 1000;
    return `(step_seconds = ${stepSeconds} AND time >= toDateTime({p${index}from:UInt32}, 'UTC') AND time < toDateTime({p${index}to:UInt32}, 'UTC'))`;
  });
  return { sql: `(${conditions.join(" OR ")})`, params };
}
