/**
 * How much of what a span costs is the engine itself: CPU per row of the engine alone (Native files of 100 000 spans into
 * the same table with the same views, merges included) ÷ CPU per acknowledged span of the whole ingest path.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDecoder } from "../apps/server/src/ingest/decode/decoder.ts";
import { progress, report } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { startServer, untilMerged, untilStored, type BenchServer } from "./lib/server.ts";
import { createTemplates, refresh, SPANS_PER_REQUEST } from "./lib/traffic.ts";

const ROWS_PER_FILE = 100_000;
const { isQuick } = benchOptions();
const durationMs = isQuick ? 15_000 : 60_000;
const SETTLE_MS = 30_000;
const templates = createTemplates(24);
const decoder = createDecoder();

const all = await withScratch(async (dataDir) => {
  const server = await startServer({ dataDir });
  const before = await server.usage();
  const sent = await generate({ port: server.port, durationMs, connections: 16, spansPerSecond: null });
  await untilStored(server);
  await untilMerged(server, SETTLE_MS);
  const after = await server.usage();
  await server.stop();
  return { spans: sent.acknowledgedSpans, cpuUs: (after.cpuUs - before.cpuUs) / sent.acknowledgedSpans };
});
progress(`all in: ${all.cpuUs.toFixed(2)} µs of CPU a span over ${all.spans} spans`);

const engine = await withScratch(async (dataDir) => {
  const server = await startServer({ dataDir });
  const files = Math.max(1, Math.round(all.spans / ROWS_PER_FILE));
  const before = await server.usage();
  for (let file = 0; file < files; file++) await loadFile(server, dataDir, file);
  await untilMerged(server, SETTLE_MS);
  const after = await server.usage();
  await server.stop();
  return (after.cpuUs - before.cpuUs) / (files * ROWS_PER_FILE);
});

report({
  name: "engineRatio",
  figures: [
    {
      title: "CPU per row of the engine alone ÷ CPU per acknowledged span, all in",
      value: engine / all.cpuUs,
      unit: "×",
      better: "higher",
      floor: 0.35,
      aim: 0.65,
      note: `${engine.toFixed(2)} µs ÷ ${all.cpuUs.toFixed(2)} µs, merges included on both sides`,
    },
    { title: "CPU per row, engine alone", value: engine, unit: "µs" },
    { title: "CPU per acknowledged span, all in", value: all.cpuUs, unit: "µs" },
  ],
});

/** The file is made in this process, so that only its insert counts. */
async function loadFile(server: BenchServer, dataDir: string, number: number): Promise<void> {
  const path = join(dataDir, "rows.native");
  await writeFile(path, nativeRows());
  await server.load({ table: "spans", path, dedupToken: `file-${number}` });
}

function nativeRows(): Uint8Array[] {
  const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
  return Array.from({ length: ROWS_PER_FILE / SPANS_PER_REQUEST }, (_, i) => {
    const template = templates[i % templates.length]!;
    const receivedAtMs = Date.now();
    refresh(template, receivedAtMs);
    const { tables } = decoder.decode(
      {
        signal: "traces",
        encoding: "protobuf",
        compression: "identity",
        sender,
        body: template.body,
        receivedAtMs,
      },
      { tail: false },
    );
    const spans = tables.find(({ table }) => table === "spans");
    if (spans === undefined) throw new Error("The decoder gave no spans.");
    return spans.native;
  });
}
