/** The whole product: resident memory at 20 000 spans a second and idle, and start to ready with the data of that run. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startProduct } from "../test/harness/product.ts";
import { progress, report } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { sampleWhile } from "./lib/sampleWhile.ts";
import { withScratch } from "./lib/scratch.ts";
import { pause } from "./lib/server.ts";

const SPANS_PER_SECOND = 20_000;
const { isQuick } = benchOptions();
const durationMs = isQuick ? 30_000 : 180_000;
const idleMs = isQuick ? 10_000 : 60_000;
const STARTS = isQuick ? 1 : 3;

await withScratch(async (dataDir) => {
  const busy = await startProduct({ dataDir });
  const sending = generate({
    port: Number(new URL(busy.otlpUrl).port),
    durationMs,
    connections: 8,
    spansPerSecond: SPANS_PER_SECOND,
  });
  const { result: sent, samples } = await sampleWhile(sending, 500, () => residentMb(busy.pid));
  await busy.stop();
  progress(`${sent.acknowledgedSpans} spans stored; starting again`);

  const readyMs: number[] = [];
  let idleMb = 0;
  for (let start = 0; start < STARTS; start++) {
    const startedAtMs = performance.now();
    const product = await startProduct({ dataDir });
    readyMs.push(performance.now() - startedAtMs);
    if (start === STARTS - 1) {
      await pause(idleMs);
      idleMb = await residentMb(product.pid);
    }
    await product.stop();
  }
  report({
    name: "memory",
    figures: [
      {
        title: "Resident memory idle",
        value: idleMb,
        unit: "MB",
        better: "lower",
        floor: 700,
        aim: 500,
        note: `${idleMs / 1000} s after a start with ${sent.acknowledgedSpans} spans stored`,
      },
      {
        title: "Resident memory at 20 000 spans/s",
        value: Math.max(...samples),
        unit: "MB",
        better: "lower",
        floor: 1300,
        aim: 900,
        note: `highest of ${samples.length} samples over ${durationMs / 1000} s`,
      },
      {
        title: "Start to ready with existing data",
        value: Math.max(...readyMs) / 1000,
        unit: "s",
        better: "lower",
        floor: 4,
        aim: 2,
        note: `slowest of ${STARTS}`,
      },
    ],
  });
});

async function residentMb(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
  return (Number(stdout.trim()) * 1024) / 1e6;
}
