/**
 * How long a sender waits at half load, against a bare append + fdatasync of the rows of one request, offered at the
 * same rate on the same disk by a process that does nothing else.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createDecoder } from "../apps/server/src/ingest/decode/decoder.ts";
import { measureCapacity } from "./lib/capacity.ts";
import { progress, quantile, report } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { pause, startServer, untilStored } from "./lib/server.ts";
import { createTemplates, SPANS_PER_REQUEST } from "./lib/traffic.ts";

const { isQuick } = benchOptions();
const durationMs = isQuick ? 20_000 : 60_000;

await withScratch(async (dataDir) => {
  const server = await startServer({ dataDir });
  const capacity = await measureCapacity(server, isQuick ? 8000 : 20_000);
  const spansPerSecond = capacity / 2;
  progress(`capacity ${Math.round(capacity)} spans/s; half of it is offered`);
  const sent = await generate({
    port: server.port,
    durationMs,
    connections: 32,
    spansPerSecond,
    isPrebuilt: true,
  });
  await untilStored(server);
  await server.stop();
  const requestBytes = bytesOfRows();
  const bare = await bareAppends(dataDir, requestBytes, spansPerSecond / SPANS_PER_REQUEST);
  const p99 = quantile(sent.latenciesMs, 0.99);
  const bareP99 = quantile(bare, 0.99);
  report({
    name: "acknowledge",
    figures: [
      {
        title: "Acknowledge p99 at half load ÷ p99 of a bare append + fdatasync",
        value: p99 / bareP99,
        unit: "×",
        better: "lower",
        floor: 3,
        aim: 1.5,
        note: `${p99.toFixed(2)} ms ÷ ${bareP99.toFixed(2)} ms at ${Math.round(spansPerSecond)} spans/s`,
      },
      {
        title: "Acknowledge p50 / bare p50",
        value: quantile(sent.latenciesMs, 0.5),
        unit: "ms",
        note: `bare ${quantile(bare, 0.5).toFixed(2)} ms`,
      },
      {
        title: "Acknowledge p95",
        value: quantile(sent.latenciesMs, 0.95),
        unit: "ms",
        note: `bare ${quantile(bare, 0.95).toFixed(2)} ms; ${sent.latenciesMs.length} requests`,
      },
    ],
  });
});

/** Rows of one request as the journal writes them. */
function bytesOfRows(): number {
  const [template] = createTemplates(1);
  const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
  const { tables } = createDecoder().decode(
    {
      signal: "traces",
      encoding: "protobuf",
      compression: "identity",
      sender,
      body: template!.body,
      receivedAtMs: Date.now(),
    },
    { tail: false },
  );
  return tables.reduce((sum, { native }) => sum + native.byteLength, 0);
}

/** Latencies in ms from the moment each append was due. */
async function bareAppends(folder: string, sizeBytes: number, perSecond: number): Promise<number[]> {
  const bytes = Buffer.alloc(sizeBytes, 0x5a);
  const file = await open(join(folder, "bare"), "w");
  const latenciesMs: number[] = [];
  const startedAtMs = performance.now();
  for (let turn = 0; ; turn++) {
    const dueAtMs = startedAtMs + (turn * 1000) / perSecond;
    if (dueAtMs > startedAtMs + durationMs) break;
    if (dueAtMs > performance.now()) await pause(dueAtMs - performance.now());
    const sentAtMs = performance.now();
    await file.write(bytes);
    await file.datasync();
    latenciesMs.push(performance.now() - sentAtMs);
  }
  await file.close();
  return latenciesMs;
}
