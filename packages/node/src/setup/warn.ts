/** One line on stderr a cause: an application must not drown in the troubles of its telemetry. */
const CAUSES_REMEMBERED = 100;

export type Warn = (text: string) => void;

/** Says each text once. Never throws: stderr may be closed. */
export function warnOnce(): Warn {
  const said = new Set<string>();
  return (text) => {
    if (said.has(text) || said.size >= CAUSES_REMEMBERED) return;
    said.add(text);
    try {
      process.stderr.write(`[throughline] ${text}\n`);
    } catch {
      // Nobody listens.
    }
  };
}
