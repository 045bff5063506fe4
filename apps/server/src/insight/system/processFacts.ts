/** This process: memory, processor, event loop, free disk. */
import { statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { SystemPage } from "@throughline/contract";

export interface ProcessProbe {
  read(): Promise<SystemPage["process"]>;
  close(): void;
}

/** Shorter ones say more about the reader than about the process. */
const SAMPLE_MS_MIN = 500;

/** Begins to watch the event loop; one probe a process is enough. */
export function createProcessProbe(dataDir: string): ProcessProbe {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let lastCpu = process.cpuUsage();
  let lastAtMs = performance.now();
  let sample = { cpuRatio: 0, eventLoopDelayP99Ms: 0 };

  function takeSample(): void {
    const atMs = performance.now();
    const elapsedMs = atMs - lastAtMs;
    if (elapsedMs < SAMPLE_MS_MIN) return;
    const used = process.cpuUsage(lastCpu);
    // The histogram counts the timer's own interval too.
    const delayMs = Math.max(0, delay.percentile(99) / 1e6 - 20);
    sample = { cpuRatio: (used.user + used.system) / 1000 / elapsedMs, eventLoopDelayP99Ms: delayMs };
    delay.reset();
    lastCpu = process.cpuUsage();
    lastAtMs = atMs;
  }

  return {
    async read() {
      takeSample();
      const { rss, heapUsed } = process.memoryUsage();
      const disk = await statfs(dataDir);
      return {
        rssBytes: rss,
        heapUsedBytes: heapUsed,
        ...sample,
        cores: availableParallelism(),
        uptimeSeconds: process.uptime(),
        diskFreeBytes: disk.bavail * disk.bsize,
      };
    },
    close: () => delay.disable(),
  };
}
