/** What a benchmark hands to the table: figures with their floor and aim, each beside the reference of the same run. */

export interface Figure {
  readonly title: string;
  readonly value: number;
  readonly unit: string;
  /** Which way is better; absent for figures that only explain others. */
  readonly better?: "higher" | "lower";
  readonly floor?: number;
  readonly aim?: number;
  /** How it came about, with the reference that was measured beside it. */
  readonly note?: string;
}

export interface BenchmarkResult {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** Lines of text for the report: break-downs, conditions. */
  readonly details?: readonly string[];
}

const MARK = "#figures ";

/** Called once by a benchmark's process. Text for the person who waits goes to stderr. */
export function report(result: BenchmarkResult): void {
  process.stdout.write(`${MARK}${JSON.stringify(result)}\n`);
}

export function parseReport(stdout: string): BenchmarkResult | null {
  const line = stdout.split("\n").findLast((each) => each.startsWith(MARK));
  return line === undefined ? null : (JSON.parse(line.slice(MARK.length)) as BenchmarkResult);
}

export function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Nearest rank. NaN for no samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
