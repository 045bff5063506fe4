/**
 * When a decision ends by what was seen. Pure; the state machine of one group:
 *
 *   open ──resolve──▶ resolved ──seen again──▶ regressed ──resolve──▶ resolved
 *   open ──ignore───▶ ignored ──time or count is over──▶ open
 *   any  ──reopen───▶ open
 *
 * "Seen again" of what was resolved at once: later than that. Of what was resolved in release X: later than that, and in X
 * or a release that was first seen after X; older ones still run somewhere, and without X there is nothing to compare.
 */
import type { Sighting } from "../insight/errorGroups/index.ts";
import type { GroupRow } from "./groupRows.ts";

export interface Transition {
  readonly kind: "regressed" | "ignore-ended";
  /** What ended it; null: time alone. */
  readonly seen: Sighting | null;
}

/** @param releaseStarts by service and release, see `readReleaseStarts` */
export function transitionOf(
  group: GroupRow,
  sightings: readonly Sighting[],
  releaseStarts: ReadonlyMap<string, number>,
  nowMs: number,
): Transition | null {
  if (group.status === "resolved") {
    const seen = newest(sightings.filter((each) => isAgain(group, each, releaseStarts)));
    return seen === null ? null : { kind: "regressed", seen };
  }
  if (group.status !== "ignored") return null;
  if (group.ignoredUntil !== null && group.ignoredUntil.getTime() <= nowMs)
    return { kind: "ignore-ended", seen: null };
  const count = sightings.reduce((sum, each) => sum + each.count, 0);
  const isOver = group.ignoredCount !== null && count - group.countBefore >= group.ignoredCount;
  return isOver ? { kind: "ignore-ended", seen: newest(sightings) } : null;
}

function isAgain(
  { since, resolvedRelease }: GroupRow,
  { service, release, lastSeenMs }: Sighting,
  releaseStarts: ReadonlyMap<string, number>,
): boolean {
  if (lastSeenMs <= since.getTime()) return false;
  if (resolvedRelease === null || release === resolvedRelease) return true;
  const resolvedIn = releaseStarts.get(`${service}\n${resolvedRelease}`);
  const seenIn = releaseStarts.get(`${service}\n${release}`);
  return resolvedIn !== undefined && seenIn !== undefined && seenIn > resolvedIn;
}

function newest(sightings: readonly Sighting[]): Sighting | null {
  return sightings.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs)[0] ?? null;
}
