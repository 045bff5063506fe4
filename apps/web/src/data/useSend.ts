/** One form's or button's changes: what is on its way, and why the last one was refused. */
import type { Problem } from "@throughline/contract";
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { sendApi, type Answer } from "./api.ts";

export interface Sending {
  readonly isSending: ReadonlySignal<boolean>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** A second call while the first is on its way is refused by itself: a double click makes one key. */
  readonly send: (...change: Parameters<typeof sendApi>) => Promise<Answer | null>;
  /** The same for what takes more than one question. */
  readonly run: (work: () => Promise<Answer>) => Promise<Answer | null>;
  readonly forget: () => void;
}

export function useSend(): Sending {
  const isSending = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  return useMemo(() => {
    const run = async (work: () => Promise<Answer>): Promise<Answer | null> => {
      if (isSending.value) return null;
      isSending.value = true;
      const answer = await work();
      problem.value = answer.problem;
      isSending.value = false;
      return answer;
    };
    return {
      isSending,
      problem,
      send: (...change) => run(() => sendApi(...change)),
      run,
      forget: () => {
        problem.value = null;
      },
    };
  }, [isSending, problem]);
}
