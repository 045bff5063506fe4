/** Asks a question once for all who ask the same while it is being answered. Nothing is kept after the answer. */
export type SingleFlight = <Answer>(
  question: readonly unknown[],
  ask: () => Promise<Answer>,
) => Promise<Answer>;

/**
 * @returns a function that runs `ask`, or joins one that runs for an equal question. The question must name all that the
 * answer depends on, tenant and project first: whoever asks the same gets the same object.
 */
export function createSingleFlight(): SingleFlight {
  const running = new Map<string, Promise<unknown>>();
  return async <Answer>(question: readonly unknown[], ask: () => Promise<Answer>): Promise<Answer> => {
    const key = JSON.stringify(question);
    const known = running.get(key);
    if (known !== undefined) return (await known) as Answer;
    const asked = ask().finally(() => running.delete(key));
    running.set(key, asked);
    return await asked;
  };
}
