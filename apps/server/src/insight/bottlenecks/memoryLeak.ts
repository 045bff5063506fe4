import type { Bottleneck } from "@throughline/contract";
import { shortInstance } from "../resources/chartOf.ts";
import { byInstance, type InstanceMetric } from "./byInstance.ts";
import { busiestEndpoints, type Definition, megabytes, type ResourceFacts } from "./facts.ts";

/** A process that starts fills its caches: its first minutes say nothing. */
export const WARM_UP_MINUTES = 5;
/** Windows that end now; the shorter ones need proof that garbage was collected. */
export const WINDOWS_MINUTES = [10, 20, 40, 55] as const;
const WITHOUT_PROOF_MINUTES = 40;
export const MAJOR_COLLECTIONS_MIN = 2;
export const GROWTH_BYTES_MIN = 32e6;
export const GROWTH_RATIO_MIN = 0.25;
/** Kendall's tau of the floors against time: 1 is never falling. */
export const TAU_MIN = 0.7;

export const memoryLeakDefinition: Definition = {
  type: "MEMORY_LEAK",
  text: `A process whose smallest heap of each minute (v8js.memory.heap.used, or else process.memory.usage) kept growing over ${WINDOWS_MINUTES[0]} minutes and more, by ${GROWTH_BYTES_MIN / 1e6} MB and ${GROWTH_RATIO_MIN * 100} % at least, although garbage was collected; without its first ${WARM_UP_MINUTES} minutes. Where collections are not told, over ${WITHOUT_PROOF_MINUTES} minutes.`,
};

export function memoryLeaks({ series, endpoints }: ResourceFacts): Bottleneck[] {
  const heaps = byInstance(series, "v8js.memory.heap.used");
  const hasHeap = new Set(heaps.map(keyOf));
  const others = byInstance(series, "process.memory.usage").filter((each) => !hasHeap.has(keyOf(each)));
  const collections = new Map(
    byInstance(series, "v8js.gc.duration", (of) => of["v8js.gc.type"] === "major").map((each) => [
      keyOf(each),
      each.values,
    ]),
  );
  return [...heaps, ...others].flatMap((each): Bottleneck[] => {
    const growth = growthOf(each.lows, collections.get(keyOf(each)) ?? null);
    if (growth === null) return [];
    const { service, instance } = each;
    const bytesPerHour = (growth.bytes / growth.minutes) * 60;
    return [
      {
        id: `MEMORY_LEAK ${service} ${instance}`,
        type: "MEMORY_LEAK",
        severity: growth.bytes >= growth.fromBytes ? "CRITICAL" : "HIGH",
        service,
        subject: instance === "" ? service : shortInstance(instance),
        description: `Memory that stays after garbage collection grew from ${megabytes(growth.fromBytes)} by ${megabytes(growth.bytes)} in ${growth.minutes} minutes.`,
        impact: `At this pace ${megabytes(bytesPerHour)} more an hour, until the process is killed and its requests fail.`,
        recommendation:
          "Compare two heap snapshots some minutes apart: what grew, and who holds it. Look for caches without a limit and listeners that are never removed.",
        shareOfRequestTime: null,
        requestsAffected: null,
        affectedEndpoints: busiestEndpoints(service, endpoints),
        evidence: { traceId: null, queryHash: null, instance, plan: null },
      },
    ];
  });
}

export interface Growth {
  readonly minutes: number;
  readonly fromBytes: number;
  readonly bytes: number;
}

/**
 * The growth of the shortest window that shows a leak; null without one.
 * @param lows smallest reading of each minute, oldest first, null before the process began
 * @param majorCollections seconds of major collections by minute; null when they are not told
 */
export function growthOf(
  lows: readonly (number | null)[],
  majorCollections: readonly (number | null)[] | null,
): Growth | null {
  const firstIndex = lows.findIndex((low) => low !== null);
  if (firstIndex < 0) return null;
  // One that was there all along is warm.
  const start = firstIndex === 0 ? 0 : firstIndex + WARM_UP_MINUTES;
  // The process may be gone, and the newest minute is not over: its smallest reading is not known.
  const end = lows.findLastIndex((low) => low !== null);
  for (const minutes of WINDOWS_MINUTES) {
    const from = end - minutes;
    if (from < start) return null;
    if (minutes < WITHOUT_PROOF_MINUTES) {
      const later = majorCollections?.slice(from, end).filter((seconds) => (seconds ?? 0) > 0) ?? [];
      if (later.length < MAJOR_COLLECTIONS_MIN) continue;
    }
    const floors = lows.slice(from, end).filter((low) => low !== null);
    // Minutes that were not told make no course.
    if (floors.length < 0.8 * minutes) continue;
    const growth = growthIn(floors, minutes);
    if (growth !== null) return growth;
  }
  return null;
}

function growthIn(floors: readonly number[], minutes: number): Growth | null {
  const third = Math.floor(floors.length / 3);
  const early = floors.slice(0, third);
  const late = floors.slice(-third);
  const bytes = Math.min(...late) - Math.max(...early);
  const fromBytes = Math.min(...early);
  const isLarge = bytes >= GROWTH_BYTES_MIN && bytes >= GROWTH_RATIO_MIN * fromBytes;
  if (!isLarge || kendallTau(floors) < TAU_MIN) return null;
  const [first = 0] = floors;
  return { minutes, fromBytes: first, bytes: (floors.at(-1) ?? 0) - first };
}

/** Pairs that rise less pairs that fall, over all pairs: -1 to 1. https://en.wikipedia.org/wiki/Kendall_rank_correlation_coefficient */
export function kendallTau(values: readonly number[]): number {
  let sum = 0;
  for (const [index, later] of values.entries())
    for (const earlier of values.slice(0, index)) sum += Math.sign(later - earlier);
  const pairs = (values.length * (values.length - 1)) / 2;
  return pairs === 0 ? 0 : sum / pairs;
}

const keyOf = ({ service, instance }: Pick<InstanceMetric, "service" | "instance">): string =>
  `${service}\n${instance}`;
