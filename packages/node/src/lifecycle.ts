/** The end of the process: what is left is sent, and everything else ends as it would have without us. */
import type { OtlpSender } from "./send/sender.ts";
import { sendAtExit } from "./send/atExit.ts";
import type { Target } from "./send/post.ts";
import type { Signal } from "./send/sender.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** The usual grace of platforms is ten seconds or more. */
const FLUSH_MOST_MS = 5000;

export interface Ending {
  /** Collects metrics, ends open traces, and sends all. */
  readonly flush: () => Promise<void>;
  /** Hands what is encoded or held to the sender, at once. */
  readonly finish: () => void;
  readonly sender: OtlpSender;
  readonly targets: Readonly<Record<Signal, Target>>;
}

export function watchEnd({ flush, finish, sender, targets }: Ending): void {
  let hasFlushed = false;
  process.on("beforeExit", () => {
    // Flushing is work, after which Node asks again.
    if (hasFlushed) return;
    hasFlushed = true;
    void within(flush(), FLUSH_MOST_MS);
  });
  process.on("exit", () => {
    finish();
    const { parcels, isAway } = sender.takeUnsent();
    if (isAway) return;
    try {
      sendAtExit(targets, parcels);
    } catch {
      // No process can be started any more: nothing left to try.
    }
  });
  for (const signal of SIGNALS) onSignal(signal, flush);
}

/** With other listeners the application ends itself; alone, ours must not keep the signal from ending the process. */
function onSignal(signal: NodeJS.Signals, flush: () => Promise<void>): void {
  let isEnding = false;
  const listener = (): void => {
    const isAlone = process.listenerCount(signal) === 1;
    if (!isAlone) {
      void within(flush(), FLUSH_MOST_MS);
      return;
    }
    const end = (): void => {
      process.removeListener(signal, listener);
      process.kill(process.pid, signal);
    };
    if (isEnding) end();
    else {
      isEnding = true;
      void within(flush(), FLUSH_MOST_MS).then(end);
    }
  };
  process.on(signal, listener);
}

/** Resolves when the work is done, has failed or takes too long. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), deadline]);
  clearTimeout(timer);
}
