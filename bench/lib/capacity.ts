/** What this machine takes at most, for benchmarks that offer a share of it: a short run that a slow engine cannot fake. */
import { generate } from "./generator.ts";
import { untilStored, type BenchServer } from "./server.ts";

/** Spans a second, acknowledged and stored. */
export async function measureCapacity(server: BenchServer, durationMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const sent = await generate({ port: server.port, durationMs, connections: 16, spansPerSecond: null });
  await untilStored(server);
  return (sent.acknowledgedSpans / (performance.now() - startedAtMs)) * 1000;
}
