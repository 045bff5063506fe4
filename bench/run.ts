/**
 * `npm run bench [names…] [-- --quick] [--minutes N]`: runs each benchmark in a process of its own, one after the other,
 * prints one table and writes it to results/. Compare ratios: absolute figures are those of the machine named above them.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { parseReport, progress, type BenchmarkResult } from "./lib/figures.ts";
import { describeMachine } from "./lib/machine.ts";
import { DEFAULT_MINUTES, type BenchOptions } from "./lib/options.ts";
import { renderReport } from "./lib/renderReport.ts";

const BENCHMARKS = [
  "decode",
  "ingest",
  "engineRatio",
  "acknowledge",
  "freshness",
  "overview",
  "reads",
  "vitals",
  "overload",
  "memory",
  "storage",
  "pages",
  "access",
  "sdkSize",
  "sdkCost",
  "nodeSdk",
] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, minutes: { type: "string" } },
});
const unknown = positionals.filter((name) => !BENCHMARKS.some((known) => known === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}. Known: ${BENCHMARKS.join(", ")}.\n`);
  process.exit(2);
}
const options: BenchOptions = {
  isQuick: values.quick,
  minutes: values.minutes === undefined ? DEFAULT_MINUTES : Number(values.minutes),
};
if (!(options.minutes > 0)) {
  process.stderr.write("--minutes takes a number above 0.\n");
  process.exit(2);
}

const machine = await describeMachine();
const results: BenchmarkResult[] = [];
const failed: string[] = [];
for (const name of BENCHMARKS) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`${name}\n`);
  const result = await runOne(name);
  if (result === null) failed.push(name);
  else results.push(result);
}

const text = renderReport(machine, options, results, failed);
process.stdout.write(text);
const folder = new URL("./results/", import.meta.url);
await mkdir(folder, { recursive: true });
const date = new Date().toISOString().slice(0, 10);
const kind = options.isQuick ? "-quick" : "";
const part = positionals.length > 0 ? `-${positionals.join("-")}` : "";
const file = `${date}-${machine.cores}-cores${kind}${part}`;
await writeFile(new URL(`${file}.md`, folder), text);
await writeFile(
  new URL(`${file}.json`, folder),
  `${JSON.stringify({ machine, options, results, failed }, null, 2)}\n`,
);
progress(`written to bench/results/${file}.md and .json`);
process.exitCode = failed.length > 0 ? 1 : 0;

async function runOne(name: string): Promise<BenchmarkResult | null> {
  const path = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  await once(child, "close");
  return parseReport(stdout);
}
