/**
 * Makes totals of counters that may start again, as those of a network card that was taken out and put back: what falls
 * counts from zero, so the sum never does.
 */
export class Monotonic {
  private readonly seen = new Map<string, { last: number; offset: number }>();

  /** The running total of the counter of this name, given what it shows now. */
  total(name: string, value: number): number {
    const state = this.seen.get(name);
    if (state === undefined) {
      this.seen.set(name, { last: value, offset: 0 });
      return value;
    }
    if (value < state.last) state.offset += state.last;
    state.last = value;
    return state.offset + value;
  }
}
