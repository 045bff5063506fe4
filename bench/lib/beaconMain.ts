/** Sends beacons of five vitals each, as pages do, over some connections and as fast as they are answered. */
import { Agent, request } from "node:http";

export interface BeaconSettings {
  readonly port: number;
  readonly durationMs: number;
  readonly connections: number;
}

export interface BeaconResult {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
}

const VITALS = { LCP: 2100, INP: 120, CLS: 0.05, FCP: 1300, TTFB: 420 } as const;
const settings = JSON.parse(process.argv[2] ?? "{}") as BeaconSettings;
const agent = new Agent({ keepAlive: true, maxSockets: settings.connections });
const latenciesMs: number[] = [];
const startedMs = performance.now();
let sent = 0;

function beacon(): string {
  sent += 1;
  const view = sent;
  return JSON.stringify(
    Object.entries(VITALS).map(([name, value]) => ({
      name,
      value: Math.round(value * (0.5 + ((view * 7919) % 1000) / 500) * 1000) / 1000,
      id: `v6-${name}-${view}`,
      navigationType: "navigate",
      pageUrl: `https://shop.example/products/${view % 5000}`,
      timestamp: Date.now(),
      deviceType: view % 3 === 0 ? "desktop" : "mobile",
      release: "1.4.0",
      attribution: { target: "main>img.hero", timeToFirstByte: 400 },
    })),
  );
}

async function post(): Promise<void> {
  const askedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    const asked = request(
      {
        agent,
        port: settings.port,
        method: "POST",
        path: "/api/web-vitals",
        headers: { "content-type": "text/plain", origin: "https://shop.example" },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => {
          if (answer.statusCode === 200) latenciesMs.push(performance.now() - askedMs);
          else if (answer.statusCode !== 429) return reject(new Error(`answered with ${answer.statusCode}`));
          resolve();
        });
      },
    );
    asked.on("error", reject);
    asked.end(beacon());
  });
}

await Promise.all(
  Array.from({ length: settings.connections }, async () => {
    while (performance.now() - startedMs < settings.durationMs) await post();
  }),
);
agent.destroy();
const result: BeaconResult = {
  requests: latenciesMs.length,
  elapsedMs: performance.now() - startedMs,
  latenciesMs,
};
// Only when it is gone: what is large and still under way is lost with the channel.
process.send?.(result, () => process.disconnect?.());
