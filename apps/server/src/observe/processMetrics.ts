/** Metrics of this process and of ingest, by the semantic conventions where they name one. */
import { metrics, type BatchObservableCallback, type Observable } from "@opentelemetry/api";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import type { Ingest } from "../ingest/index.ts";

/** @param nowMs a monotonic clock in milliseconds */
export function observeProcess(
  ingest: Pick<Ingest, "status">,
  nowMs: () => number = () => performance.now(),
): void {
  const meter = metrics.getMeter("throughline.process");
  const cpu = meter.createObservableGauge("process.cpu.utilization", {
    unit: "1",
    description: "Processor time since the last reading, as a share of the cores it may use.",
  });
  const memory = meter.createObservableGauge("process.memory.usage", {
    unit: "By",
    description: "Resident memory of the process, the embedded engines included.",
  });
  const heap = meter.createObservableGauge("v8js.memory.heap.used", {
    unit: "By",
    description: "Memory used by JavaScript objects.",
  });
  const utilization = meter.createObservableGauge("nodejs.eventloop.utilization", {
    unit: "1",
    description: "Share of time the event loop was busy since the last reading.",
  });
  const journal = meter.createObservableGauge("throughline.ingest.journal.size", {
    unit: "By",
    description: "Acknowledged telemetry that waits for the engine.",
  });
  const accepted = meter.createObservableCounter("throughline.ingest.accepted", {
    unit: "{item}",
    description: "Items acknowledged since the start, by signal.",
  });
  const refused = meter.createObservableCounter("throughline.ingest.refused", {
    unit: "{item}",
    description: "Items and requests refused since the start, by reason.",
  });

  const cores = availableParallelism();
  let lastCpu = process.cpuUsage();
  let lastAtMs = nowMs();
  let lastLoop = performance.eventLoopUtilization();
  const observe: BatchObservableCallback = (result) => {
    const atMs = nowMs();
    const used = process.cpuUsage(lastCpu);
    const elapsedMs = atMs - lastAtMs;
    if (elapsedMs > 0) result.observe(cpu, (used.user + used.system) / 1000 / elapsedMs / cores);
    lastCpu = process.cpuUsage();
    lastAtMs = atMs;
    const loop = performance.eventLoopUtilization();
    result.observe(utilization, performance.eventLoopUtilization(loop, lastLoop).utilization);
    lastLoop = loop;
    const { rss, heapUsed } = process.memoryUsage();
    result.observe(memory, rss);
    result.observe(heap, heapUsed);
    const status = ingest.status();
    result.observe(journal, status.journalBytes);
    for (const [signal, total] of Object.entries(status.acceptedTotal))
      result.observe(accepted, total, { signal });
    for (const [reason, total] of Object.entries(status.refusedTotal))
      result.observe(refused, total, { reason });
  };
  const observed: Observable[] = [cpu, memory, heap, utilization, journal, accepted, refused];
  meter.addBatchObservableCallback(observe, observed);
}
