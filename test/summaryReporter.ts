/** Reports failures in full and one line of totals, so that a green run stays short and a red one is complete. */
import type { TestEvent } from "node:test/reporters";

export default async function* summaryReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for await (const event of source) {
    if (event.type === "test:stderr") yield event.data.message;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    if (event.data.details.type === "suite") continue;
    if (event.data.skip !== undefined || event.data.todo !== undefined) skipped++;
    else if (event.type === "test:pass") passed++;
    else {
      failed++;
      const { name, file, line, details } = event.data;
      const error: unknown = details.error.cause ?? details.error;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      yield `\n✖ ${name}\n  ${file ?? ""}:${line ?? 0}\n  ${text.replaceAll("\n", "\n  ")}\n`;
    }
  }
  yield `\n${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}
