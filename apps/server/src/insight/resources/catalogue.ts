/**
 * The charts of the resources page: which metrics of the OpenTelemetry semantic conventions they draw, and how.
 * https://opentelemetry.io/docs/specs/semconv/system/ and .../runtime/nodejs-metrics/, .../database/database-metrics/
 */
import type { ResourceChart } from "@throughline/contract";

export interface ChartSpec extends Pick<ResourceChart, "id" | "group" | "title" | "unit"> {
  readonly metric: string;
  /** `instance`: a line a process. Otherwise a line a value of this attribute, over all processes that are shown. */
  readonly linesBy: string;
  /** Lines that say nothing about use. */
  readonly isShown?: (value: string) => boolean;
  /** To the chart's unit. */
  readonly factor?: number;
  /** A machine is reported by each of its processes: one of them is drawn, not their sum. */
  readonly isOfHost?: boolean;
}

const MS = 1000;

export const CHARTS: readonly ChartSpec[] = [
  {
    id: "cpu",
    group: "process",
    title: "Processor",
    unit: "ratio",
    metric: "process.cpu.utilization",
    linesBy: "instance",
  },
  {
    id: "memory",
    group: "process",
    title: "Resident memory",
    unit: "B",
    metric: "process.memory.usage",
    linesBy: "instance",
  },
  {
    id: "heap",
    group: "process",
    title: "Heap in use",
    unit: "B",
    metric: "v8js.memory.heap.used",
    linesBy: "instance",
  },
  {
    id: "eventLoopUtilization",
    group: "process",
    title: "Event loop busy",
    unit: "ratio",
    metric: "nodejs.eventloop.utilization",
    linesBy: "instance",
  },
  {
    id: "eventLoopDelay",
    group: "process",
    title: "Event loop delay p99",
    unit: "ms",
    metric: "nodejs.eventloop.delay.p99",
    linesBy: "instance",
    factor: MS,
  },
  {
    id: "gc",
    group: "process",
    title: "Time in garbage collection",
    unit: "ratio",
    metric: "v8js.gc.duration",
    linesBy: "v8js.gc.type",
  },
  {
    id: "files",
    group: "process",
    title: "Open files and sockets",
    unit: "count",
    metric: "process.unix.file_descriptor.count",
    linesBy: "instance",
  },
  {
    id: "pool",
    group: "database",
    title: "Connections",
    unit: "count",
    metric: "db.client.connection.count",
    linesBy: "db.client.connection.state",
  },
  {
    id: "poolWaiting",
    group: "database",
    title: "Callers that wait for a connection",
    unit: "count",
    metric: "db.client.connection.pending_requests",
    linesBy: "db.client.connection.pool.name",
  },
  {
    id: "hostCpu",
    group: "host",
    title: "Processors of the machine",
    unit: "ratio",
    metric: "system.cpu.utilization",
    linesBy: "cpu.mode",
    isShown: (mode) => mode !== "idle",
    isOfHost: true,
  },
  {
    id: "hostMemory",
    group: "host",
    title: "Memory of the machine",
    unit: "B",
    metric: "system.memory.usage",
    linesBy: "system.memory.state",
    isOfHost: true,
  },
  {
    id: "disk",
    group: "host",
    title: "Disks",
    unit: "B/s",
    metric: "system.disk.io",
    linesBy: "disk.io.direction",
    isOfHost: true,
  },
  {
    id: "network",
    group: "host",
    title: "Network",
    unit: "B/s",
    metric: "system.network.io",
    linesBy: "network.io.direction",
    isOfHost: true,
  },
];

/** What to do about a metric that nobody sends. */
export function missingText({ metric, group }: ChartSpec): string {
  if (group === "host")
    return `No ${metric} is sent: import @throughline/node in a service on Linux, or run an OpenTelemetry Collector with the hostmetrics receiver.`;
  if (group === "database")
    return `No ${metric} is sent: import @throughline/node, or switch on your SDK's instrumentation of the database driver.`;
  return `No ${metric} is sent: import @throughline/node, or switch on your SDK's runtime and process metrics.`;
}
