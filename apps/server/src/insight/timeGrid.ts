/** Which rollup answers a range, and the grid of a chart's points. */
import type { TimeRange } from "@throughline/contract";
import type { QueryParams } from "../engines/telemetry/index.ts";
import { retainedRollups, type RollupSuffix } from "./rollups.ts";

export interface TimeGrid {
  /** With the step that is really used: an old range may only be there in coarser rollups. */
  readonly range: TimeRange;
  readonly stepMs: number;
  /** `1m`, `5m`, `1h` or `1d`: the end of the rollup table's name. */
  readonly rollup: RollupSuffix;
  readonly timesMs: readonly number[];
  /** Start of the window of the same length just before. */
  readonly previousFromMs: number;
  /** `from`, `to`, `previousFrom` in seconds and `step`, to be bound as UInt32. */
  readonly params: QueryParams;
}

/** The coarsest rollup that still has the range's step, among those whose retention reaches back to its start. */
export function timeGrid(range: TimeRange, nowMs: number): TimeGrid {
  const kept = retainedRollups(nowMs - range.fromMs);
  const rollup = kept.findLast(({ stepSeconds }) => stepSeconds <= range.stepSeconds) ?? kept[0];
  const stepSeconds = Math.max(rollup.stepSeconds, range.stepSeconds);
  const stepMs = stepSeconds * 1000;
  const fromMs = Math.floor(range.fromMs / stepMs) * stepMs;
  const toMs = Math.ceil(range.toMs / stepMs) * stepMs;
  const points = Math.round((toMs - fromMs) / stepMs);
  const previousFromMs = fromMs - (toMs - fromMs);
  return {
    range: { ...range, fromMs, toMs, stepSeconds },
    stepMs,
    rollup: rollup.suffix,
    timesMs: Array.from({ length: points }, (_, index) => fromMs + index * stepMs),
    previousFromMs,
    params: { from: fromMs / 1000, to: toMs / 1000, previousFrom: previousFromMs / 1000, step: stepSeconds },
  };
}

/** Index of a point on the grid, or null outside of it. */
export function indexOnGrid(grid: TimeGrid, timeMs: number): number | null {
  const index = Math.floor((timeMs - grid.range.fromMs) / grid.stepMs);
  return index >= 0 && index < grid.timesMs.length ? index : null;
}

/** Seconds that each point covers so far: the newest one is not over yet. */
export function secondsOfPoint(grid: TimeGrid, index: number, nowMs: number): number {
  const startMs = grid.range.fromMs + index * grid.stepMs;
  return Math.max(1, Math.min(grid.stepMs, nowMs - startMs) / 1000);
}
