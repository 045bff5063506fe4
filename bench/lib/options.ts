/** What `npm run bench` was asked for; benchmarks get it as JSON in their first argument. */

export interface BenchOptions {
  readonly isQuick: boolean;
  /** Length of the sustained ingest run. */
  readonly minutes: number;
}

export const DEFAULT_MINUTES = 10;

export function benchOptions(): BenchOptions {
  const [text] = process.argv.slice(2);
  if (text === undefined) return { isQuick: true, minutes: 0.5 };
  return JSON.parse(text) as BenchOptions;
}
