/** Checks of a browser's items one by one, and what their sender hears of those that were not taken. */
import type { RefusedItem } from "@throughline/contract";
import type { Tally } from "../tally.ts";

const DAY_MS = 86_400_000;

export class Refusals {
  readonly list: RefusedItem[] = [];
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  invalid(index: number, detail: string): void {
    this.#tally.refuse("invalid", detail);
    this.list.push({ index, reason: "invalid", detail });
  }

  /** Whether an item's time can be taken; refuses it if not. */
  admitsTime(index: number, timeMs: number): boolean {
    const { request, limits } = this.#tally;
    if (this.#tally.admitsTime(timeMs)) return true;
    const isFuture = timeMs > request.receivedAtMs;
    this.list.push(
      isFuture
        ? {
            index,
            reason: "future_time",
            detail: `more than ${limits.futureMs / 3_600_000} hour in the future: the visitor's clock is wrong`,
          }
        : {
            index,
            reason: "expired_time",
            detail: `older than the retention of ${Math.round(limits.retentionMs / DAY_MS)} days`,
          },
    );
    return false;
  }
}
