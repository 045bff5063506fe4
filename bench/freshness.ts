/**
 * How old data is when an open page shows it, at half load: from the moment the server received it to the event at the
 * page, for the live tail and for the overview, whose numbers are asked of the engine first.
 */
import { get } from "node:http";
import { startProduct } from "../test/harness/product.ts";
import { progress, quantile, report } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { sampleWhile } from "./lib/sampleWhile.ts";
import { withScratch } from "./lib/scratch.ts";
import { pause } from "./lib/server.ts";

const { isQuick } = benchOptions();
const durationMs = isQuick ? 20_000 : 60_000;
const MARK_EVERY_MS = 250;
/** The product under load takes a while until parts and merges are as they stay. */
const WARM_UP_MS = 5000;

await withScratch(async (dataDir) => {
  const product = await startProduct({ dataDir });
  const port = Number(new URL(product.otlpUrl).port);
  const best = await generate({ port, durationMs: 10_000, connections: 16, spansPerSecond: null });
  const capacity = best.acknowledgedSpans / (best.elapsedMs / 1000);
  progress(`accepts ${Math.round(capacity)} spans/s; half of it is offered`);
  await pause(WARM_UP_MS);

  const sentAtMs = new Map<string, number>();
  const tailMs: number[] = [];
  const overviewMs: number[] = [];
  const closeTail = listen(product.url, "topics=tail&project=default&kind=log&q=marker", (name, data) => {
    if (name !== "tail") return;
    for (const { text } of data.items ?? []) {
      const at = sentAtMs.get(text);
      if (at !== undefined) tailMs.push(Date.now() - at);
    }
  });
  const startsAtMs = Date.now() + WARM_UP_MS;
  const closeOverview = listen(product.url, "topics=overview&project=default&range=1h", (name, data) => {
    if (name === "overview" && data.oldestReceivedAtMs !== undefined && Date.now() > startsAtMs)
      overviewMs.push(Date.now() - data.oldestReceivedAtMs);
  });
  const load = generate({
    port,
    durationMs,
    connections: 16,
    spansPerSecond: capacity / 2,
    isPrebuilt: true,
  });
  await sampleWhile(load, MARK_EVERY_MS, async () => {
    const text = `marker ${sentAtMs.size}`;
    sentAtMs.set(text, Date.now());
    await sendLog(product.otlpUrl, text);
  });
  await pause(1000);
  closeTail();
  closeOverview();
  await product.stop();
  report({
    name: "freshness",
    figures: [
      {
        title: "Received → on the open overview, p95, at half load",
        value: quantile(overviewMs, 0.95),
        unit: "ms",
        better: "lower",
        floor: 700,
        aim: 200,
        note: `p50 ${quantile(overviewMs, 0.5)} ms; ${overviewMs.length} events, each as old as its oldest row; ${Math.round(capacity / 2)} spans/s`,
      },
      {
        title: "Sent → in the open live tail, p95, at half load",
        value: quantile(tailMs, 0.95),
        unit: "ms",
        better: "lower",
        floor: 700,
        aim: 200,
        note: `p50 ${quantile(tailMs, 0.5)} ms; ${tailMs.length} of ${sentAtMs.size} lines`,
      },
    ],
  });
});

interface EventData {
  readonly items?: readonly { readonly text: string }[];
  readonly oldestReceivedAtMs?: number;
}

/** @returns closes the stream */
function listen(url: string, query: string, onEvent: (name: string, data: EventData) => void): () => void {
  const request = get(`${url}/api/admin/dashboard/stream?${query}`, (response) => {
    response.setEncoding("utf8");
    let text = "";
    response.on("data", (chunk: string) => {
      const blocks = (text + chunk).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const name = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (name !== undefined && data !== undefined) onEvent(name, JSON.parse(data));
      }
    });
  });
  // Closing it on purpose is no failure.
  request.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "ECONNRESET") throw error;
  });
  return () => request.destroy();
}

async function sendLog(otlpUrl: string, text: string): Promise<void> {
  const logRecords = [{ timeUnixNano: `${Date.now()}000000`, body: { stringValue: text } }];
  const answer = await fetch(`${otlpUrl}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  });
  if (!answer.ok) throw new Error(`The log line was refused with ${answer.status}.`);
}
