/**
 * The pages measure themselves with the browser SDK, into project `throughline`. It comes after everything else, and not at
 * all where the installation switched its own telemetry off.
 */
type Attributes = Readonly<Record<string, string | number>>;

const WAITING_MAX = 50;
const SUMMARY_EVERY_MS = 60_000;

let send: ((name: string, attributes: Attributes) => void) | null = null;
let waiting: [name: string, attributes: Attributes][] = [];

interface Summary {
  samples: number;
  sumMs: number;
  maxMs: number;
}
const summaries = new Map<string, Summary>();

/** Something that happened once. */
export function measure(name: string, attributes: Attributes): void {
  if (send !== null) send(name, attributes);
  else if (waiting.length < WAITING_MAX) waiting.push([name, attributes]);
}

/** Something that happens all the time: one event a minute tells how many, their sum and the longest. */
export function sample(name: string, valueMs: number): void {
  const sum = summaries.get(name) ?? { samples: 0, sumMs: 0, maxMs: 0 };
  sum.samples++;
  sum.sumMs += valueMs;
  sum.maxMs = Math.max(sum.maxMs, valueMs);
  summaries.set(name, sum);
}

function sendSummaries(): void {
  for (const [name, { samples, sumMs, maxMs }] of summaries)
    measure(name, { samples, sumMs: Math.round(sumMs), maxMs: Math.round(maxMs) });
  summaries.clear();
}

export async function startMeasuring(release: string): Promise<void> {
  const { init, track } = await import("@throughline/browser");
  setInterval(sendSummaries, SUMMARY_EVERY_MS);
  // Before the SDK's own listener, which sends what there is.
  document.addEventListener("visibilitychange", () => document.hidden && sendSummaries(), true);
  init({ key: "own", endpoint: `${location.origin}/own`, release });
  send = track;
  for (const [name, attributes] of waiting) track(name, attributes);
  waiting = [];
}
