/**
 * A time axis on which nothing is lost in a long silence: stretches without anything are folded to a small gap, whose
 * length is said. Pure; offsets in milliseconds, places in percent of the width.
 */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Gap {
  /** Percent, of its middle. */
  readonly at: number;
  readonly durationMs: number;
}

export interface Tick {
  readonly at: number;
  readonly offsetMs: number;
}

export interface TimeAxis {
  /** Of a moment, 0 to 100. */
  place(offsetMs: number): number;
  readonly gaps: readonly Gap[];
  readonly ticks: readonly Tick[];
}

/** A silence is folded from here on, when it is also longer than what is left of the axis by a fifth. */
const GAP_MS_MIN = 2000;
const GAP_SHARE = 0.2;
/** Percent of the width that a folded silence keeps. */
const GAP_WIDTH = 3;
/** Time that is shown around what happens, so that nothing touches a gap. */
const MARGIN_MS = 50;
const TICKS_WANTED = 5;

/** @param busy when something was going on; in any order */
export function timeAxis(busy: readonly Stretch[]): TimeAxis {
  const stretches = fold(busy);
  const shownMs = stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) || 1;
  const percentOfMs = (100 - GAP_WIDTH * (stretches.length - 1)) / shownMs;
  let left = 0;
  const placed = stretches.map((stretch) => {
    const from = left;
    left += (stretch.toMs - stretch.fromMs) * percentOfMs + GAP_WIDTH;
    return { ...stretch, from };
  });
  const place = (offsetMs: number): number => {
    const inside = placed.findLast(({ fromMs }) => fromMs <= offsetMs) ?? placed[0];
    if (inside === undefined) return 0;
    const within = Math.min(Math.max(offsetMs - inside.fromMs, 0), inside.toMs - inside.fromMs);
    return Math.min(100, inside.from + within * percentOfMs);
  };
  return {
    place,
    gaps: placed.slice(1).map(({ from, fromMs }, index) => ({
      at: from - GAP_WIDTH / 2,
      durationMs: fromMs - (placed[index]?.toMs ?? 0),
    })),
    ticks: ticksOf(placed, shownMs, place),
  };
}

function fold(busy: readonly Stretch[]): Stretch[] {
  const sorted = busy.toSorted((a, b) => a.fromMs - b.fromMs);
  const wholeMs = Math.max(0, ...busy.map(({ toMs }) => toMs));
  const merged: { fromMs: number; toMs: number }[] = [{ fromMs: 0, toMs: 0 }];
  // The most that may lie open between two things: silences much longer than everything else are folded.
  const busyMs = sorted.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const openMs = Math.max(GAP_MS_MIN, Math.min(wholeMs, busyMs) * GAP_SHARE);
  for (const { fromMs, toMs } of sorted) {
    const last = merged.at(-1);
    if (last === undefined) continue;
    const endMs = Math.max(fromMs, toMs);
    if (fromMs - last.toMs > openMs) merged.push({ fromMs: fromMs - MARGIN_MS, toMs: endMs + MARGIN_MS });
    else last.toMs = Math.max(last.toMs, endMs);
  }
  const last = merged.at(-1);
  if (last !== undefined) last.toMs += Math.max(MARGIN_MS, (last.toMs - last.fromMs) * 0.02);
  return merged;
}

function ticksOf(
  stretches: readonly Stretch[],
  shownMs: number,
  place: (offsetMs: number) => number,
): Tick[] {
  const stepMs = niceStep(shownMs / TICKS_WANTED);
  return stretches.flatMap(({ fromMs, toMs }) => {
    const ticks: Tick[] = [];
    // None in the last tenth of the axis: its label would leave the picture.
    for (let offsetMs = Math.ceil(Math.max(0, fromMs) / stepMs) * stepMs; offsetMs < toMs; offsetMs += stepMs)
      if (place(offsetMs) < 94) ticks.push({ at: place(offsetMs), offsetMs });
    return ticks;
  });
}

function niceStep(ms: number): number {
  const size = 10 ** Math.floor(Math.log10(Math.max(ms, 1)));
  return ([1, 2, 5, 10].find((factor) => factor * size >= ms) ?? 10) * size;
}
