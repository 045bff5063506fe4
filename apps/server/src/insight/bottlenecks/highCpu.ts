import type { Bottleneck } from "@throughline/contract";
import { shortInstance } from "../resources/chartOf.ts";
import { byInstance, type InstanceMetric, longestRun, meanOf } from "./byInstance.ts";
import { busiestEndpoints, type Definition, percent, type ResourceFacts } from "./facts.ts";

export const BUSY_RATIO = 0.8;
export const BUSY_MINUTES = 5;
const FULL_RATIO = 0.95;

export const highCpuDefinition: Definition = {
  type: "HIGH_CPU",
  text: `A process whose processor (process.cpu.utilization, of the cores it may use) or event loop (nodejs.eventloop.utilization) was ${percent(BUSY_RATIO)} busy and more for ${BUSY_MINUTES} minutes in a row.`,
};

const SOURCES = [
  {
    metric: "process.cpu.utilization",
    what: "Processor",
    advice:
      "Take a CPU profile of this process, or look at where its slow traces spend time of their own. If the work is needed, give it more cores or instances.",
  },
  {
    metric: "nodejs.eventloop.utilization",
    what: "Event loop",
    advice:
      "One thread runs all of this process's JavaScript: take a CPU profile, move heavy work to a worker thread, or start more processes.",
  },
] as const;

/** One finding an instance: the processor's before the event loop's. */
export function highCpu({ series, endpoints }: ResourceFacts): Bottleneck[] {
  const found = new Map<string, Bottleneck>();
  for (const { metric, what, advice } of SOURCES)
    for (const each of byInstance(series, metric)) {
      const key = `${each.service} ${each.instance}`;
      const run = longestRun(each.values, (value) => value >= BUSY_RATIO);
      if (run.length < BUSY_MINUTES || found.has(key)) continue;
      found.set(key, findingOf(each, run, { what, advice }, endpoints));
    }
  return [...found.values()];
}

function findingOf(
  { service, instance }: InstanceMetric,
  run: readonly number[],
  { what, advice }: { readonly what: string; readonly advice: string },
  endpoints: ResourceFacts["endpoints"],
): Bottleneck {
  // A gauge may pass 1 by a reading's error, and some report shares of one core.
  const mean = Math.min(1, meanOf(run));
  return {
    id: `HIGH_CPU ${service} ${instance}`,
    type: "HIGH_CPU",
    severity: mean >= FULL_RATIO ? "CRITICAL" : "HIGH",
    service,
    subject: instance === "" ? service : shortInstance(instance),
    description: `${what} ${percent(mean)} busy for ${run.length} minutes in a row in the last hour.`,
    impact: `Every request of ${service} that this process answers waits for its turn.`,
    recommendation: advice,
    shareOfRequestTime: null,
    requestsAffected: null,
    affectedEndpoints: busiestEndpoints(service, endpoints),
    evidence: { traceId: null, queryHash: null, instance, plan: null },
  };
}
