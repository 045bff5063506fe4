/**
 * This process, by the names of https://opentelemetry.io/docs/specs/semconv/system/process-metrics/ . Event loop, garbage
 * collection, heap spaces and active handles come from OpenTelemetry's own instrumentation of the runtime.
 */
import { metrics } from "@opentelemetry/api";
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";

export function observeProcess(): void {
  const meter = metrics.getMeter("@throughline/node/process", "0.1.0");
  const time = meter.createObservableCounter("process.cpu.time", {
    unit: "s",
    description: "Processor time of all threads of the process.",
  });
  const utilization = meter.createObservableGauge("process.cpu.utilization", {
    unit: "1",
    description: "Processor time since the last reading, as a share of the cores this process may use.",
  });
  const memory = meter.createObservableUpDownCounter("process.memory.usage", {
    unit: "By",
    description: "Memory that is resident.",
  });
  const external = meter.createObservableUpDownCounter("v8js.memory.external", {
    unit: "By",
    description: "Memory outside the heap that JavaScript objects hold, array buffers included.",
  });
  const buffers = meter.createObservableUpDownCounter("v8js.memory.array_buffers", {
    unit: "By",
    description: "Memory of array buffers and Buffers.",
  });
  const uptime = meter.createObservableGauge("process.uptime", {
    unit: "s",
    description: "How long the process runs.",
  });
  const readUtilization = cpuUtilization(availableParallelism());
  meter.addBatchObservableCallback(
    (result) => {
      const { user, system } = process.cpuUsage();
      result.observe(time, user / 1e6, { "cpu.mode": "user" });
      result.observe(time, system / 1e6, { "cpu.mode": "system" });
      const shares = readUtilization({ user, system }, performance.now());
      if (shares !== undefined) {
        result.observe(utilization, shares.user, { "cpu.mode": "user" });
        result.observe(utilization, shares.system, { "cpu.mode": "system" });
      }
      const usage = process.memoryUsage();
      result.observe(memory, usage.rss);
      result.observe(external, usage.external);
      result.observe(buffers, usage.arrayBuffers);
      result.observe(uptime, process.uptime());
    },
    [time, utilization, memory, external, buffers, uptime],
  );
  if (process.platform !== "linux") return;
  meter
    .createObservableUpDownCounter("process.unix.file_descriptor.count", {
      unit: "{file_descriptor}",
      description: "Open files and sockets.",
    })
    .addCallback(async (result) => {
      const open = await readdir("/proc/self/fd").catch(() => undefined);
      // Reading the folder is one of them itself.
      if (open !== undefined) result.observe(open.length - 1);
    });
}

interface CpuMicros {
  readonly user: number;
  readonly system: number;
}

/**
 * Shares of so many cores between two readings, 0 to 1; undefined for the first reading and when no time has passed.
 * @returns takes processor microseconds and a monotonic clock in milliseconds
 */
export function cpuUtilization(cores: number): (used: CpuMicros, nowMs: number) => CpuMicros | undefined {
  let last: { used: CpuMicros; nowMs: number } | undefined;
  return (used, nowMs) => {
    const before = last;
    last = { used, nowMs };
    if (before === undefined || nowMs <= before.nowMs) return undefined;
    const availableMicros = (nowMs - before.nowMs) * 1000 * cores;
    const share = (now: number, then: number): number =>
      Math.min(Math.max(now - then, 0) / availableMicros, 1);
    return { user: share(used.user, before.used.user), system: share(used.system, before.used.system) };
  };
}
