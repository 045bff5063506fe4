/** Asks again until the answer is there; the deadline is generous, so that a slow machine fails no test. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  deadlineMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await ask();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`After ${deadlineMs} ms still not so: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
