/** The rollups as the migrations create them, and how a span of time is covered with few of their rows. */
import type { QueryParams } from "../engines/telemetry/index.ts";

const DAY_MS = 86_400_000;

export type RollupSuffix = "1m" | "5m" | "1h" | "1d";

export interface Rollup {
  readonly suffix: RollupSuffix;
  readonly stepSeconds: number;
  readonly retentionDays: number;
}

/** Finest first. */
const ROLLUPS = [
  { suffix: "1m", stepSeconds: 60, retentionDays: 30 },
  { suffix: "5m", stepSeconds: 300, retentionDays: 60 },
  { suffix: "1h", stepSeconds: 3600, retentionDays: 365 },
  { suffix: "1d", stepSeconds: 86_400, retentionDays: 365 },
] as const satisfies readonly Rollup[];

/** Those that still have rows of this age, finest first; the coarsest when none has. */
export function retainedRollups(ageMs: number): readonly [Rollup, ...Rollup[]] {
  const [first, ...others] = ROLLUPS.filter(({ retentionDays }) => ageMs <= (retentionDays + 1) * DAY_MS);
  return first === undefined ? [ROLLUPS[3]] : [first, ...others];
}

export interface Piece {
  readonly rollup: RollupSuffix;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Covers [fromMs, toMs) with whole rollup cells: days in the middle, hours, five minutes and minutes at the ends, so
 * that totals of thirty days read days and not hours. Nothing finer than `finest` is used; both ends lie on its step.
 */
export function coverOf(fromMs: number, toMs: number, finest: RollupSuffix): Piece[] {
  const usable = ROLLUPS.slice(ROLLUPS.findIndex(({ suffix }) => suffix === finest));
  return cover(fromMs, toMs, usable);
}

function cover(fromMs: number, toMs: number, rollups: readonly Rollup[]): Piece[] {
  if (fromMs >= toMs) return [];
  const coarsest = rollups.at(-1);
  if (coarsest === undefined) throw new RangeError(`${fromMs} to ${toMs} does not lie on a rollup's step.`);
  const stepMs = coarsest.stepSeconds * 1000;
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  const lastMs = Math.floor(toMs / stepMs) * stepMs;
  const finer = rollups.slice(0, -1);
  if (firstMs >= lastMs) return cover(fromMs, toMs, finer);
  return [
    ...cover(fromMs, firstMs, finer),
    { rollup: coarsest.suffix, fromMs: firstMs, toMs: lastMs },
    ...cover(lastMs, toMs, finer),
  ];
}

export interface Cells {
  /** A subselect in parentheses. */
  readonly sql: string;
  readonly params: QueryParams;
}

/**
 * The cells of `requests_*` in the pieces, as one subselect: one SELECT a rollup, as each costs the engine a plan and a
 * pipeline of its own.
 * @param columns what to select of each
 * @param where further conditions, starting with AND
 */
export function requestCells(pieces: readonly Piece[], columns: string, where: string): Cells {
  const params: Record<string, number> = {};
  const inPieces = pieces.map(({ rollup, fromMs, toMs }, index) => {
    params[`p${index}from`] = fromMs / 1000;
    params[`p${index}to`] = toMs / 1000;
    return {
      rollup,
      isInside: `(time >= toDateTime({p${index}from:UInt32}, 'UTC') AND time < toDateTime({p${index}to:UInt32}, 'UTC'))`,
    };
  });
  const selects = [...Map.groupBy(inPieces, ({ rollup }) => rollup)].map(
    ([rollup, ofRollup]) => `SELECT ${columns} FROM requests_${rollup}
        WHERE tenant_id = {tenant:String} AND project_id = {project:String} ${where}
          AND (${ofRollup.map(({ isInside }) => isInside).join(" OR ")})`,
  );
  return { sql: `(${selects.join("\nUNION ALL ")})`, params };
}
