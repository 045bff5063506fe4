/**
 * Sustained ingest: durable-acknowledged spans a second over OTLP/HTTP protobuf gzip, 500 spans a request, 13 attributes,
 * all rollups, merges included, the generator on the same machine. What counts is what was stored by the time the
 * journal was empty again, so a journal that only grows earns nothing. Checks that acknowledged = stored, once.
 */
import { bytesOnDisk } from "./lib/bytesOnDisk.ts";
import { generate } from "./lib/generator.ts";
import { progress, report } from "./lib/figures.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { startServer, untilMerged, untilStored } from "./lib/server.ts";

const CONNECTIONS = 16;
const { isQuick, minutes } = benchOptions();
const durationMs = isQuick ? 30_000 : minutes * 60_000;

await withScratch(async (dataDir) => {
  const server = await startServer({ dataDir });
  const before = await server.usage();
  const startedAtMs = performance.now();
  const sent = await generate({
    port: server.port,
    durationMs,
    connections: CONNECTIONS,
    spansPerSecond: null,
  });
  const atEnd = await server.status();
  await untilStored(server);
  const storedAfterMs = performance.now() - startedAtMs;
  const usage = await server.usage();
  const spans = sent.acknowledgedSpans;
  const [stored] = await server.sql<{ n: number; distinct_n: number; rolled: number }>(
    `SELECT count() AS n, uniqExact(span_id) AS distinct_n,
      (SELECT sum(m.count) FROM span_rollups AS m WHERE step_seconds = 60) AS rolled FROM spans`,
  );
  const [merges] = await server.sql<{ merged: number; written: number }>(
    `SELECT sumIf(value, event = 'MergedRows') AS merged, sumIf(value, event = 'InsertedRows') AS written FROM system.events`,
  );
  if (stored?.n !== spans || stored.distinct_n !== spans || stored.rolled !== spans)
    throw new Error(`${spans} spans were acknowledged but stored are ${JSON.stringify(stored)}.`);
  progress(`${spans} spans acknowledged, ${stored.n} stored, ${stored.rolled} counted by the rollup`);
  await untilMerged(server, isQuick ? 5000 : 60_000);
  const disk = await bytesOnDisk(server);
  const cpuUs = (usage.cpuUs - before.cpuUs) / spans;
  report({
    name: "ingest",
    figures: [
      {
        title: "Durable-acknowledged and stored spans/s",
        value: (spans / storedAfterMs) * 1000,
        unit: "spans/s",
        better: "higher",
        floor: 60_000,
        aim: 150_000,
        note: `${Math.round(durationMs / 1000)} s of sending, ${((storedAfterMs - durationMs) / 1000).toFixed(1)} s more to empty the journal`,
      },
      {
        title: "Acknowledged spans/s while sending",
        value: (spans / sent.elapsedMs) * 1000,
        unit: "spans/s",
        note: `journal at the end ${Math.round(atEnd.journalBytes / 1e6)} MB, refused and sent again ${JSON.stringify(sent.refusedRequests)}`,
      },
      {
        title: "CPU per span, server, all in",
        value: cpuUs,
        unit: "µs",
        note: "merges within the run included",
      },
      {
        title: "CPU per span, generator",
        value: sent.cpuUs / spans,
        unit: "µs",
        note: "refreshing and gzip",
      },
      {
        title: "Rows merged per row written",
        value: (merges?.merged ?? 0) / (merges?.written ?? 1),
        unit: "×",
      },
      { title: "Resident memory at the end", value: usage.rssBytes / 1e6, unit: "MB" },
      {
        title: "Bytes per span on disk",
        value: disk.bytes / spans,
        unit: "B",
        better: "lower",
        floor: 48,
        aim: 38,
        note: "all tables of spans, indexes and rollups, after the merges that happened by themselves",
      },
    ],
    details: disk.lines(spans),
  });
  await server.stop();
});
