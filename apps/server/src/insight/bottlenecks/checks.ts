/** Which types could be looked for, and what is missing for the others: nothing found must not look like nothing wrong. */
import type { BottleneckList } from "@throughline/contract";
import type { MetricSeries } from "../resources/readSeries.ts";
import type { Definition, WindowFacts } from "./facts.ts";
import { highCpuDefinition } from "./highCpu.ts";
import { largePayloadDefinition } from "./largePayload.ts";
import { memoryLeakDefinition } from "./memoryLeak.ts";
import { nPlusOneDefinition } from "./nPlusOne.ts";
import { poolExhaustionDefinition } from "./poolExhaustion.ts";
import { slowQueryDefinition } from "./slowQuery.ts";
import { unindexedQueryDefinition } from "./unindexedQuery.ts";

const NO_STATEMENTS =
  "No database call was told in this range: switch on your SDK's instrumentation of the database driver.";
const noMetric = (names: string): string =>
  `Nobody sends ${names}: import @throughline/node, or switch on your SDK's process and runtime metrics.`;

interface Known extends Pick<WindowFacts, "endpoints" | "statements"> {
  readonly series: readonly MetricSeries[];
  /** Why no plan is known; null where plans are kept. */
  readonly plansUnknown: string | null;
}

export function checksOf({ endpoints, statements, series, plansUnknown }: Known): BottleneckList["checks"] {
  const sends = (...names: readonly string[]): boolean => series.some(({ metric }) => names.includes(metric));
  const hasSizes = endpoints.some(({ requestBytes, responseBytes }) => requestBytes + responseBytes > 0);
  const all: readonly (readonly [Definition, boolean, string])[] = [
    [slowQueryDefinition, statements.length > 0, NO_STATEMENTS],
    [
      highCpuDefinition,
      sends("process.cpu.utilization", "nodejs.eventloop.utilization"),
      noMetric("process.cpu.utilization or nodejs.eventloop.utilization"),
    ],
    [
      memoryLeakDefinition,
      sends("v8js.memory.heap.used", "process.memory.usage"),
      noMetric("v8js.memory.heap.used or process.memory.usage"),
    ],
    [
      poolExhaustionDefinition,
      sends("db.client.connection.pending_requests"),
      noMetric("db.client.connection.pending_requests"),
    ],
    [nPlusOneDefinition, statements.length > 0, NO_STATEMENTS],
    [unindexedQueryDefinition, plansUnknown === null, plansUnknown ?? ""],
    [
      largePayloadDefinition,
      hasSizes,
      "No request says its size: http.request.body.size and http.response.body.size, as @throughline/node sends them.",
    ],
  ];
  return all.map(([{ type, text }, isChecked, missing]) => ({
    type,
    isChecked,
    text: isChecked ? text : missing,
  }));
}
