/** Times in the reader's zone. The zone and the clock come from above by context, as `ui/` knows no data. */
import { signal, type ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { formatAge, formatClock, formatMoment, type ClockPrecision } from "./format.ts";

export interface Clock {
  /** UTC while the server's HTML is taken over, the reader's choice afterwards: same width, only the digits change. */
  readonly zone: ReadonlySignal<"utc" | "local">;
  readonly nowMs: ReadonlySignal<number>;
}

export const ClockContext = createContext<Clock>({ zone: signal("utc"), nowMs: signal(0) });
export const useClock = (): Clock => useContext(ClockContext);

/** "21 Nov 14:20:05", with ISO in UTC on hover. `isClockOnly` leaves the day out. */
export function Time({
  ms,
  precision = "second",
  isClockOnly = false,
}: {
  readonly ms: number;
  readonly precision?: ClockPrecision;
  readonly isClockOnly?: boolean;
}) {
  const { zone } = useClock();
  const iso = new Date(ms).toISOString();
  const format = isClockOnly ? formatClock : formatMoment;
  return (
    <time class="time" dateTime={iso} title={iso}>
      {format(ms, zone.value, precision)}
    </time>
  );
}

/** "12 s ago", going on by itself, with the exact time on hover. */
export function Age({ ms }: { readonly ms: number }) {
  const { zone, nowMs } = useClock();
  return (
    <time class="age" dateTime={new Date(ms).toISOString()} title={formatMoment(ms, zone.value)}>
      {formatAge(nowMs.value - ms)}
    </time>
  );
}
