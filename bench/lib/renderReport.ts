/** One table of all figures, then the details of each benchmark. */
import type { BenchmarkResult, Figure } from "./figures.ts";
import type { Machine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";

export function renderReport(
  machine: Machine,
  options: BenchOptions,
  results: readonly BenchmarkResult[],
  failed: readonly string[],
): string {
  const length = options.isQuick ? "quick runs" : `sustained ingest over ${options.minutes} minutes`;
  const lines = [
    "# Benchmark report",
    "",
    `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGib} GiB, ${machine.kernel}, Node ${machine.node}, ${machine.engine}; ${length}.`,
    "Generator and product share the machine. Compare ratios; absolute figures are this machine's.",
    "",
    "| benchmark | figure | measured | floor | aim | | how |",
    "|---|---|---|---|---|---|---|",
    ...results.flatMap(({ name, figures }) => figures.map((figure) => row(name, figure))),
    ...failed.map((name) => `| ${name} | did not finish | | | | fails | |`),
    ...results.flatMap(({ name, details }) =>
      details === undefined ? [] : ["", `## ${name}`, "", ...details],
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function row(name: string, figure: Figure): string {
  const { title, unit, note = "" } = figure;
  const cells = [
    name,
    title,
    `${digits(figure.value)} ${unit}`,
    figure.floor === undefined ? "" : digits(figure.floor),
    figure.aim === undefined ? "" : digits(figure.aim),
    verdict(figure),
    note,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function verdict({ value, better, floor, aim }: Figure): string {
  if (better === undefined || floor === undefined) return "";
  const reaches = (bound: number) => (better === "higher" ? value >= bound : value <= bound);
  if (aim !== undefined && reaches(aim)) return "aim";
  return reaches(floor) ? "floor" : "below";
}

function digits(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
