/** Lines and areas as SVG path data in a box of 1000 × 1000 units that is stretched over the plot. */

export const BOX = 1000;
/** Above this many points a line keeps the lowest and highest value of each column only: nobody sees the others. */
const COLUMNS = 800;

export interface PlotFrame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly max: number;
}

export interface PlotPaths {
  readonly line: string;
  readonly area: string;
}

export function plotPaths(
  timesMs: readonly number[],
  values: readonly (number | null)[],
  frame: PlotFrame,
): PlotPaths {
  const scaleX = BOX / (frame.toMs - frame.fromMs);
  const scaleY = BOX / frame.max;
  const indexes = timesMs.length > 2 * COLUMNS ? extremes(values) : null;
  const count = indexes === null ? timesMs.length : indexes.length;
  let line = "";
  let area = "";
  let isOpen = false;
  let startX = "";
  let lastX = "";
  for (let step = 0; step < count; step++) {
    const index = indexes === null ? step : (indexes[step] ?? 0);
    const value = values[index] ?? null;
    if (value === null) {
      if (isOpen) area += `L${lastX} ${BOX}L${startX} ${BOX}Z`;
      isOpen = false;
      continue;
    }
    const x = round((timesMs[index] ?? 0) - frame.fromMs, scaleX);
    const y = String(Math.round((BOX - value * scaleY) * 10) / 10);
    const point = `${isOpen ? "L" : "M"}${x} ${y}`;
    line += point;
    area += point;
    if (!isOpen) {
      startX = x;
      // A point alone between gaps still shows: a line of no length with round ends is a dot.
      const next = indexes === null ? step + 1 : (indexes[step + 1] ?? values.length);
      if ((values[next] ?? null) === null) line += "h0";
    }
    isOpen = true;
    lastX = x;
  }
  if (isOpen) area += `L${lastX} ${BOX}L${startX} ${BOX}Z`;
  return { line, area };
}

const round = (offset: number, scale: number): string => String(Math.round(offset * scale * 10) / 10);

function extremes(values: readonly (number | null)[]): number[] {
  const width = values.length / COLUMNS;
  const kept: number[] = [];
  for (let column = 0; column < COLUMNS; column++) {
    const from = Math.floor(column * width);
    const to = Math.floor((column + 1) * width);
    let low = -1;
    let high = -1;
    let gap = -1;
    for (let index = from; index < to; index++) {
      const value = values[index] ?? null;
      if (value === null) gap = index;
      else {
        if (low < 0 || value < (values[low] ?? 0)) low = index;
        if (high < 0 || value > (values[high] ?? 0)) high = index;
      }
    }
    for (const index of new Set([low, high, gap].filter((i) => i >= 0).toSorted((a, b) => a - b)))
      kept.push(index);
  }
  return kept;
}

/** The largest known value of all series; 0 without any. */
export function largestOf(series: readonly { readonly values: readonly (number | null)[] }[]): number {
  let largest = 0;
  for (const { values } of series)
    for (const value of values) if (value !== null && value > largest) largest = value;
  return largest;
}

/** The index of the time nearest to `wantedMs`; -1 when there is none. Times ascend. */
export function nearestIndex(timesMs: readonly number[], wantedMs: number): number {
  let low = 0;
  let high = timesMs.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) < wantedMs) low = middle + 1;
    else high = middle;
  }
  const before = timesMs[low - 1];
  const at = timesMs[low] ?? 0;
  return before !== undefined && wantedMs - before < at - wantedMs ? low - 1 : low;
}
