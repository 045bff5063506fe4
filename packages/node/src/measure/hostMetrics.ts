/**
 * The machine, by the names of https://opentelemetry.io/docs/specs/semconv/system/system-metrics/ . From /proc, so on Linux
 * only; in a container processors, memory and disks are those of the host, and the network is the container's.
 */
import { metrics, type BatchObservableResult, type Observable } from "@opentelemetry/api";
import { readdir, readFile } from "node:fs/promises";
import { Monotonic } from "./monotonic.ts";
import {
  parseDiskstats,
  parseMeminfo,
  parseNetDev,
  parseStat,
  type CpuTicks,
  type Transfer,
} from "./procFiles.ts";

/** @returns why there are none, or undefined when they are observed */
export function observeHost(platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform !== "linux")
    return `There are no host metrics on ${platform}: they are read from Linux's /proc.`;
  const meter = metrics.getMeter("@throughline/node/host", "0.1.0");
  const cpu = meter.createObservableGauge("system.cpu.utilization", {
    unit: "1",
    description: "Share of all processors' time since the last reading, by mode.",
  });
  const memory = meter.createObservableUpDownCounter("system.memory.usage", {
    unit: "By",
    description: "Memory by state.",
  });
  const available = meter.createObservableUpDownCounter("system.linux.memory.available", {
    unit: "By",
    description: "Memory that programs can have without swapping, as the kernel estimates it.",
  });
  const limit = meter.createObservableUpDownCounter("system.memory.limit", {
    unit: "By",
    description: "Memory of the machine.",
  });
  const disk = meter.createObservableCounter("system.disk.io", {
    unit: "By",
    description: "Read from and written to disks.",
  });
  const network = meter.createObservableCounter("system.network.io", {
    unit: "By",
    description: "Received and sent.",
  });
  const observed: Observable[] = [cpu, memory, available, limit, disk, network];
  const totals = new Monotonic();
  let lastTicks: CpuTicks | undefined;

  const observeCpu = (result: BatchObservableResult, ticks: CpuTicks | undefined): void => {
    const shares = ticks !== undefined && lastTicks !== undefined ? cpuShares(lastTicks, ticks) : [];
    lastTicks = ticks;
    for (const [mode, share] of shares) result.observe(cpu, share, { "cpu.mode": mode });
  };
  const observeMemory = (result: BatchObservableResult, sizes: ReadonlyMap<string, number>): void => {
    const total = sizes.get("MemTotal");
    const free = sizes.get("MemFree");
    if (total === undefined || free === undefined) return;
    const cached = (sizes.get("Cached") ?? 0) + (sizes.get("SReclaimable") ?? 0);
    const buffers = sizes.get("Buffers") ?? 0;
    result.observe(limit, total);
    result.observe(memory, Math.max(total - free - cached - buffers, 0), { "system.memory.state": "used" });
    result.observe(memory, free, { "system.memory.state": "free" });
    result.observe(memory, cached, { "system.memory.state": "cached" });
    result.observe(memory, buffers, { "system.memory.state": "buffers" });
    const estimate = sizes.get("MemAvailable");
    if (estimate !== undefined) result.observe(available, estimate);
  };
  const observeDisks = (result: BatchObservableResult, disks: readonly Transfer[]): void => {
    for (const { name, inBytes, outBytes } of disks) {
      const attributes = { "system.device": name };
      const read = totals.total(`read ${name}`, inBytes);
      result.observe(disk, read, { ...attributes, "disk.io.direction": "read" });
      const written = totals.total(`write ${name}`, outBytes);
      result.observe(disk, written, { ...attributes, "disk.io.direction": "write" });
    }
  };
  const observeNetwork = (result: BatchObservableResult, cards: readonly Transfer[]): void => {
    for (const { name, inBytes, outBytes } of cards) {
      const attributes = { "network.interface.name": name };
      const received = totals.total(`receive ${name}`, inBytes);
      result.observe(network, received, { ...attributes, "network.io.direction": "receive" });
      const sent = totals.total(`transmit ${name}`, outBytes);
      result.observe(network, sent, { ...attributes, "network.io.direction": "transmit" });
    }
  };
  meter.addBatchObservableCallback(async (result) => {
    const [stat, meminfo, diskstats, netDev, disks] = await Promise.all([
      read("/proc/stat"),
      read("/proc/meminfo"),
      read("/proc/diskstats"),
      read("/proc/net/dev"),
      readdir("/sys/block").catch((): string[] => []),
    ]);
    observeCpu(result, parseStat(stat));
    observeMemory(result, parseMeminfo(meminfo));
    const isDisk = (name: string): boolean => disks.includes(name) && !/^(loop|ram|zram|dm-)/.test(name);
    observeDisks(result, parseDiskstats(diskstats, isDisk));
    observeNetwork(result, parseNetDev(netDev));
  }, observed);
  return undefined;
}

/** Shares of the time between two readings; none when a counter went back, as after a machine was moved. */
export function cpuShares(before: CpuTicks, after: CpuTicks): [keyof CpuTicks, number][] {
  const modes = Object.keys(after) as (keyof CpuTicks)[];
  const deltas = modes.map((mode) => after[mode] - before[mode]);
  const total = deltas.reduce((sum, delta) => sum + delta, 0);
  if (total <= 0 || deltas.some((delta) => delta < 0)) return [];
  return modes.map((mode, index) => [mode, deltas[index]! / total]);
}

async function read(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
