/** Sources asked side by side: one that fails or is slow fails nothing but itself. */
export type Outcome<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly reason: string };

/** @param reasonOf a sentence for the person */
export async function isolated<Data>(
  load: () => Promise<Data>,
  budgetMs: number,
  reasonOf: (error: unknown) => string,
): Promise<Outcome<Data>> {
  const late = Promise.withResolvers<Outcome<Data>>();
  const timer = setTimeout(
    () => late.resolve({ ok: false, reason: `No answer within ${budgetMs / 1000} s.` }),
    budgetMs,
  );
  try {
    return await Promise.race([
      late.promise,
      load().then(
        (data): Outcome<Data> => ({ ok: true, data }),
        (error: unknown): Outcome<Data> => ({ ok: false, reason: reasonOf(error) }),
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
