/** Which rollup answers a range, and the grid of a chart's points. */
import type { TimeRange } from "@throughline/contract";
import type { QueryParams } from "../engines/telemetry/index.ts";
import { retainedCells } from "./rollups.ts";

export interface TimeGrid {
  /** With the step that is really used: an old range may only be there in coarser rollups. */
  readonly range: TimeRange;
  readonly stepMs: number;
  /** Width of the rollups' cells that the range is answered from. */
  readonly cellSeconds: number;
  readonly timesMs: readonly number[];
  /** Start of the window of the same length just before. */
  readonly previousFromMs: number;
  /** `from`, `to`, `previousFrom`, `step` and `cell` in seconds, to be bound as UInt32. */
  readonly params: QueryParams;
}

/** With the widest cells that still have the range's step, among those whose retention reaches back to its start. */
export function timeGrid(range: TimeRange, nowMs: number): TimeGrid {
  const kept = retainedCells(nowMs - range.fromMs);
  const cell = kept.findLast(({ stepSeconds }) => stepSeconds <= range.stepSeconds) ?? kept[0];
  const stepSeconds = Math.max(cell.stepSeconds, range.stepSeconds);
  const stepMs = stepSeconds * 1000;
  const fromMs = Math.floor(range.fromMs / stepMs) * stepMs;
  const toMs = Math.ceil(range.toMs / stepMs) * stepMs;
  const points = Math.round((toMs - fromMs) / stepMs);
  const previousFromMs = fromMs - (toMs - fromMs);
  return {
    range: { ...range, fromMs, toMs, stepSeconds },
    stepMs,
    cellSeconds: cell.stepSeconds,
    timesMs: Array.from({ length: points }, (_, index) => fromMs + index * stepMs),
    previousFromMs,
    params: {
      from: fromMs / 1000,
      to: toMs / 1000,
      previousFrom: previousFromMs / 1000,
      step: stepSeconds,
      cell: cell.stepSeconds,
    },
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
