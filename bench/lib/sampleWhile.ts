/** Takes samples beside work that runs: from its start until it ends. */
import { pause } from "./server.ts";

export async function sampleWhile<T, S>(
  work: Promise<T>,
  everyMs: number,
  sample: () => Promise<S>,
): Promise<{ readonly result: T; readonly samples: readonly S[] }> {
  const samples: S[] = [];
  const ended = new AbortController();
  const sampling = (async () => {
    while (!ended.signal.aborted) {
      samples.push(await sample());
      await pause(everyMs);
    }
  })();
  try {
    return { result: await work, samples };
  } finally {
    ended.abort();
    await sampling;
  }
}
