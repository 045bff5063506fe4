import { added } from "../resources/added.ts";
import type { MetricSeries } from "../resources/readSeries.ts";

export interface InstanceMetric {
  readonly service: string;
  readonly instance: string;
  /** By minute, added up over what else tells series apart. */
  readonly values: readonly (number | null)[];
  readonly lows: readonly (number | null)[];
}

/** A metric of each instance. @param where which of its series, by their attributes */
export function byInstance(
  all: readonly MetricSeries[],
  metric: string,
  where: (attributes: MetricSeries["attributes"]) => boolean = () => true,
): InstanceMetric[] {
  const wanted = all.filter((series) => series.metric === metric && where(series.attributes));
  return [...Map.groupBy(wanted, ({ service, instance }) => `${service}\n${instance}`).values()].map(
    (of) => ({
      service: of[0]?.service ?? "",
      instance: of[0]?.instance ?? "",
      values: added(of),
      lows: added(of, "lows"),
    }),
  );
}

/** The longest run of minutes in a row that pass, and what they measured. */
export function longestRun(
  values: readonly (number | null)[],
  passes: (value: number) => boolean,
): readonly number[] {
  let longest: number[] = [];
  let run: number[] = [];
  for (const value of values) {
    run = value !== null && passes(value) ? [...run, value] : [];
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
