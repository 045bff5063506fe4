/** Three times the capacity, offered by a sender that ignores Retry-After: what is taken, what it costs, what is lost. */
import { measureCapacity } from "./lib/capacity.ts";
import { progress, report } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { sampleWhile } from "./lib/sampleWhile.ts";
import { startServer, untilStored } from "./lib/server.ts";
import { SPANS_PER_REQUEST } from "./lib/traffic.ts";

const { isQuick } = benchOptions();
const durationMs = isQuick ? 20_000 : 120_000;

await withScratch(async (dataDir) => {
  const server = await startServer({ dataDir });
  const warmupMs = isQuick ? 10_000 : 30_000;
  const capacity = await measureCapacity(server, warmupMs);
  const [before] = await server.sql<{ n: number }>("SELECT count() AS n FROM spans");
  progress(`capacity ${Math.round(capacity)} spans/s; three times that is offered`);
  const startedAtMs = performance.now();
  const sending = generate({
    port: server.port,
    durationMs,
    connections: 128,
    spansPerSecond: capacity * 3,
    isPatient: false,
  });
  const { result: sent, samples } = await sampleWhile(sending, 250, () => server.usage());
  const rss = samples.map(({ rssBytes }) => rssBytes);
  await untilStored(server);
  const storedAfterMs = performance.now() - startedAtMs;
  const [after] = await server.sql<{ n: number }>("SELECT count() AS n FROM spans");
  const stored = (after?.n ?? 0) - (before?.n ?? 0);
  const offered = (sent.sentRequests * SPANS_PER_REQUEST * 1000) / sent.elapsedMs;
  const accepted = (sent.acknowledgedSpans / storedAfterMs) * 1000;
  await server.stop();
  report({
    name: "overload",
    figures: [
      {
        title: "Offered three times its capacity: stored rate ÷ its maximum",
        value: accepted / capacity,
        unit: "×",
        better: "higher",
        floor: 0.9,
        aim: 0.97,
        note: `${Math.round(accepted)} ÷ ${Math.round(capacity)} spans/s; offered ${Math.round(offered)}, refused ${JSON.stringify(sent.refusedRequests)}`,
      },
      {
        title: "Memory growth under overload",
        value: (Math.max(...rss) / rss[0]! - 1) * 100,
        unit: "%",
        better: "lower",
        floor: 30,
        aim: 15,
        note: `${Math.round(rss[0]! / 1e6)} MB at capacity, at most ${Math.round(Math.max(...rss) / 1e6)} MB`,
      },
      {
        title: "Acknowledged spans lost under overload",
        value: sent.acknowledgedSpans - stored,
        unit: "spans",
        better: "lower",
        floor: 0,
        aim: 0,
        note: `${sent.acknowledgedSpans} acknowledged, ${stored} stored`,
      },
    ],
  });
});
