/**
 * What this instance knows of each tenant's day: what all instances had written down when it last looked, and what it
 * took since. Plain memory: counting an item costs a look-up and an addition.
 */
import { QUOTA_KINDS, type Counts, noCounts } from "./quotaKinds.ts";
import type { QuotaKind } from "../../ingest/index.ts";

const DAY_MS = 86_400_000;

export interface UsageRow {
  readonly tenantId: string;
  /** Start of the UTC day. */
  readonly dayMs: number;
  readonly counts: Readonly<Counts>;
}

interface Day {
  readonly dayMs: number;
  /** Of all instances, as read last. */
  known: Readonly<Counts>;
  /** Taken here since. */
  readonly pending: Counts;
  /** Being written down: part of neither of the two. */
  writing: Readonly<Counts>;
  isDirty: boolean;
}

export class UsageCounters {
  readonly #days = new Map<string, Day>();
  /** Of days that are over, still to be written down. */
  #late: UsageRow[] = [];

  add(tenantId: string, kind: QuotaKind, items: number, nowMs: number): void {
    const day = this.#today(tenantId, nowMs);
    day.pending[kind] += items;
    day.isDirty = true;
  }

  used(tenantId: string, kind: QuotaKind, nowMs: number): number {
    const day = this.#days.get(tenantId);
    if (day === undefined || day.dayMs !== dayOf(nowMs)) return 0;
    return day.known[kind] + day.writing[kind] + day.pending[kind];
  }

  /** What is to be added to what is written down; until settle() or takeBack() it counts as under way. */
  drain(isDue: (tenantId: string) => boolean): readonly UsageRow[] {
    const rows = this.#late.splice(0);
    for (const [tenantId, day] of this.#days) {
      if (!day.isDirty || !isDue(tenantId)) continue;
      const counts = { ...day.pending };
      Object.assign(day.pending, noCounts());
      day.writing = counts;
      day.isDirty = false;
      rows.push({ tenantId, dayMs: day.dayMs, counts });
    }
    return rows;
  }

  /** The rows of drain() are written; `sums` is what stands there now. A tenant without a sum is gone. */
  settle(rows: readonly UsageRow[], sums: readonly UsageRow[]): void {
    const sumOf = new Map(sums.map((sum) => [keyOf(sum), sum.counts]));
    for (const row of rows) {
      const counts = sumOf.get(keyOf(row));
      const day = this.#days.get(row.tenantId);
      if (day?.dayMs !== row.dayMs) continue;
      if (counts === undefined) this.#days.delete(row.tenantId);
      else this.#know(day, counts);
    }
  }

  /** They could not be written: the next drain() has them again. */
  takeBack(rows: readonly UsageRow[]): void {
    for (const row of rows) {
      const day = this.#days.get(row.tenantId);
      if (day?.dayMs !== row.dayMs) {
        this.#late.push(row);
        continue;
      }
      for (const kind of QUOTA_KINDS) day.pending[kind] += row.counts[kind];
      day.writing = noCounts();
      day.isDirty = true;
    }
  }

  /** What is written down for today, read at the start. */
  learn(sums: readonly UsageRow[], nowMs: number): void {
    for (const { tenantId, dayMs, counts } of sums) {
      if (dayMs === dayOf(nowMs)) this.#know(this.#today(tenantId, nowMs), counts);
    }
  }

  #know(day: Day, counts: Readonly<Counts>): void {
    day.known = counts;
    day.writing = noCounts();
  }

  #today(tenantId: string, nowMs: number): Day {
    const dayMs = dayOf(nowMs);
    const known = this.#days.get(tenantId);
    if (known !== undefined && known.dayMs === dayMs) return known;
    if (known?.isDirty === true) this.#late.push({ tenantId, dayMs: known.dayMs, counts: known.pending });
    const day = { dayMs, known: noCounts(), pending: noCounts(), writing: noCounts(), isDirty: false };
    this.#days.set(tenantId, day);
    return day;
  }
}

export function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}

function keyOf({ tenantId, dayMs }: Pick<UsageRow, "tenantId" | "dayMs">): string {
  return `${tenantId}/${dayMs}`;
}
