/** What the System page says of the live stream. */
export interface LiveMeter {
  connected(connections: number): void;
  countEvent(): void;
  /** Open connections, and events sent within the last 60 seconds. */
  read(): { readonly connections: number; readonly eventsPerMinute: number };
}

const SECONDS = 60;

export function createLiveMeter(nowMs: () => number = Date.now): LiveMeter {
  const countBySlot = Array.from({ length: SECONDS }, () => 0);
  const secondBySlot = Array.from({ length: SECONDS }, () => 0);
  let connections = 0;
  return {
    connected(count) {
      connections = count;
    },
    countEvent() {
      const second = Math.floor(nowMs() / 1000);
      const slot = second % SECONDS;
      countBySlot[slot] = secondBySlot[slot] === second ? (countBySlot[slot] ?? 0) + 1 : 1;
      secondBySlot[slot] = second;
    },
    read() {
      const oldest = Math.floor(nowMs() / 1000) - SECONDS;
      const eventsPerMinute = countBySlot.reduce(
        (sum, count, slot) => ((secondBySlot[slot] ?? 0) > oldest ? sum + count : sum),
        0,
      );
      return { connections, eventsPerMinute };
    },
  };
}
