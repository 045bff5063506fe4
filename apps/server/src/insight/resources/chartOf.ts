import type { ResourceChart } from "@throughline/contract";
import { added } from "./added.ts";
import { type ChartSpec, missingText } from "./catalogue.ts";
import type { MetricSeries } from "./readSeries.ts";

/** More can't be told apart. */
const LINES_MAX = 6;
const POOL_NAME = "db.client.connection.pool.name";

type Line = ResourceChart["lines"][number];

/** @param all series of any metric; those of the chart are picked */
export function chartOf(spec: ChartSpec, all: readonly MetricSeries[]): ResourceChart {
  const { id, group, title, unit, factor = 1, isShown = () => true } = spec;
  const sent = all.filter(
    ({ metric, values }) => metric === spec.metric && values.some((value) => value !== null),
  );
  const reporter = spec.isOfHost === true ? newest(sent) : null;
  const drawn =
    reporter === null
      ? sent
      : sent.filter(
          ({ service, instance }) => service === reporter.service && instance === reporter.instance,
        );
  const lines = [...Map.groupBy(drawn, (series) => keyOf(spec, series)).values()]
    .map((of) => ({ label: of[0] === undefined ? "" : labelOf(spec, of[0]), of }))
    .filter(({ label }) => isShown(label))
    .map(({ label, of }): Line => ({
      label,
      values: added(of).map((value) => (value === null ? null : value * factor)),
    }))
    .toSorted((a, b) => lastOf(b) - lastOf(a) || a.label.localeCompare(b.label));
  return {
    id,
    group,
    title,
    unit,
    lines: lines.slice(0, LINES_MAX),
    hiddenLines: Math.max(0, lines.length - LINES_MAX),
    note: reporter === null ? null : `as ${reporter.service} sees it`,
    missing: lines.length === 0 ? missingText(spec) : null,
  };
}

function keyOf({ linesBy }: ChartSpec, { service, instance, attributes }: MetricSeries): string {
  return linesBy === "instance" ? `${service}\n${instance}` : (attributes[linesBy] ?? "");
}

function labelOf({ linesBy }: ChartSpec, { service, instance, attributes }: MetricSeries): string {
  if (linesBy === POOL_NAME) return shortPool(attributes[linesBy] ?? "");
  if (linesBy !== "instance") return attributes[linesBy] ?? "all";
  return instance === "" ? service : `${service} ${shortInstance(instance)}`;
}

/** A driver that was given no address says so in place of a name; long names are told apart by their ends. */
export function shortPool(name: string): string {
  if (name === "" || name.startsWith("unknown_host")) return "its pool";
  return name.length <= 32 ? name : `…${name.slice(-31)}`;
}

/** Ids of instances are long: random ones differ everywhere, names of pods at their end. */
export function shortInstance(instance: string): string {
  return instance.length <= 12 ? instance : `…${instance.slice(-8)}`;
}

/** Seen last; of several by name, so that all charts of the machine are by the same process. */
function newest(all: readonly MetricSeries[]): MetricSeries | null {
  const [found = null] = all.toSorted(
    (a, b) =>
      b.lastSeenMs - a.lastSeenMs ||
      a.service.localeCompare(b.service) ||
      a.instance.localeCompare(b.instance),
  );
  return found;
}

const lastOf = ({ values }: Line): number => values.findLast((value) => value !== null) ?? 0;
