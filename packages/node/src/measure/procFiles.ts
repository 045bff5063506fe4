/** What Linux says about the machine, as texts of /proc turned into numbers. https://docs.kernel.org/filesystems/proc.html */

/** Kernel clock ticks of all processors since the start, by `cpu.mode`. */
export type CpuTicks = Readonly<Record<CpuMode, number>>;
export type CpuMode = "user" | "nice" | "system" | "idle" | "iowait" | "interrupt" | "steal";

const MODES: readonly (readonly [CpuMode, readonly number[]])[] = [
  ["user", [0]],
  ["nice", [1]],
  ["system", [2]],
  ["idle", [3]],
  ["iowait", [4]],
  ["interrupt", [5, 6]],
  ["steal", [7]],
];
const SECTOR_BYTES = 512;

/** /proc/stat; undefined when its first line is not that of all processors. */
export function parseStat(text: string): CpuTicks | undefined {
  const line = /^cpu +(.*)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const columns = line.trim().split(/\s+/).map(Number);
  return Object.fromEntries(
    MODES.map(([mode, places]) => [mode, places.reduce((sum, place) => sum + (columns[place] ?? 0), 0)]),
  ) as CpuTicks;
}

/** /proc/meminfo in bytes by its own names: `MemTotal`, `MemAvailable`, … */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, size]) => [name!, Number(size) * 1024]),
  );
}

export interface Transfer {
  readonly name: string;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** /proc/diskstats: whole disks only, as partitions would count the same bytes twice. In is what was read. */
export function parseDiskstats(text: string, isDisk: (name: string) => boolean): Transfer[] {
  return rows(text)
    .filter(([, , name]) => name !== undefined && isDisk(name))
    .map((columns) => ({
      name: columns[2]!,
      inBytes: Number(columns[5]) * SECTOR_BYTES,
      outBytes: Number(columns[9]) * SECTOR_BYTES,
    }))
    .filter(isWhole);
}

/** /proc/net/dev without the loopback. In is what was received. */
export function parseNetDev(text: string): Transfer[] {
  return text
    .split("\n")
    .map((line) => /^\s*([^\s:]+):\s*(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== "lo")
    .map((match) => {
      const columns = match![2]!.trim().split(/\s+/).map(Number);
      return { name: match![1]!, inBytes: columns[0]!, outBytes: columns[8]! };
    })
    .filter(isWhole);
}

function rows(text: string): string[][] {
  return text.split("\n").map((line) => line.trim().split(/\s+/));
}

function isWhole({ inBytes, outBytes }: Transfer): boolean {
  return Number.isSafeInteger(inBytes) && Number.isSafeInteger(outBytes);
}
