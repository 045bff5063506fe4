/** Which rollup answers a range, and the grid of a chart's points. */
import type { TimeRange } from "@throughline/contract";
import type { QueryParams } from "../engines/telemetry/index.ts";
import { CELLS, retainedCells, type CellWidth } from "./rollups.ts";

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

/**
 * With the widest cells that still have the range's step, among those whose retention reaches back to its start and to that
 * of the window before: both are answered from the same cells, and a hole in one would look like a change.
 */
export function timeGrid(range: TimeRange, nowMs: number): TimeGrid {
  const { fromMs, toMs, previousFromMs, stepSeconds, cellSeconds } =
    CELLS.map((narrowest) => windowOf(range, narrowest)).find((window) => isKept(window, nowMs)) ??
    windowOf(range, CELLS[3]);
  const stepMs = stepSeconds * 1000;
  return {
    range: { ...range, fromMs, toMs, stepSeconds },
    stepMs,
    cellSeconds,
    timesMs: Array.from(
      { length: Math.round((toMs - fromMs) / stepMs) },
      (_, index) => fromMs + index * stepMs,
    ),
    previousFromMs,
    params: {
      from: fromMs / 1000,
      to: toMs / 1000,
      previousFrom: previousFromMs / 1000,
      step: stepSeconds,
      cell: cellSeconds,
    },
  };
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly previousFromMs: number;
  readonly stepSeconds: number;
  readonly cellSeconds: number;
}

/** The range on a step that is no narrower than those cells. Its ends move outwards, so its age depends on its step. */
function windowOf(range: TimeRange, narrowest: CellWidth): Window {
  const stepSeconds = Math.max(range.stepSeconds, narrowest.stepSeconds);
  const stepMs = stepSeconds * 1000;
  const fromMs = Math.floor(range.fromMs / stepMs) * stepMs;
  const toMs = Math.ceil(range.toMs / stepMs) * stepMs;
  const cell = CELLS.findLast((each) => each.stepSeconds <= stepSeconds) ?? narrowest;
  return { fromMs, toMs, previousFromMs: 2 * fromMs - toMs, stepSeconds, cellSeconds: cell.stepSeconds };
}

function isKept({ previousFromMs, cellSeconds }: Window, nowMs: number): boolean {
  return retainedCells(nowMs - previousFromMs)[0].stepSeconds <= cellSeconds;
}

/** Where metrics of a chart with this step come from: weeks by the minute are millions of rows. */
export const metricTable = (stepSeconds: number): "metrics_1m" | "metrics_1h" =>
  stepSeconds % 3600 === 0 ? "metrics_1h" : "metrics_1m";

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
