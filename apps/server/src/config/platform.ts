/**
 * Start-up checks: facts in, findings out. Each finding has an id, one plain sentence and a hint; a fatal one stops the
 * start before an engine would crash with something nobody understands. `platformFacts.ts` gathers the facts.
 */

export interface PlatformFacts {
  /** `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
  readonly libc: "glibc" | "musl" | "other";
  /** Text of /proc/cpuinfo; null where there is none. */
  readonly cpuInfo: string | null;
  /** `process.versions.node`. */
  readonly nodeVersion: string;
  readonly dataDir: string;
  /** Why nothing can be written there; null when a file could be written. */
  readonly dataDirError: string | null;
  /** Null when it could not be found out. */
  readonly freeDiskBytes: number | null;
  /** The environment variable UV_THREADPOOL_SIZE as text. */
  readonly threadPoolSize: string | undefined;
}

export type PlatformFindingId =
  | "platform"
  | "libc"
  | "processor"
  | "node-version"
  | "data-dir"
  | "disk-space"
  | "thread-pool";

export interface PlatformFinding {
  readonly id: PlatformFindingId;
  readonly severity: "fatal" | "warn";
  readonly sentence: string;
  readonly hint: string;
}

type Check = (facts: PlatformFacts) => PlatformFinding | null;

const NODE_MAJOR_MIN = 24;
const THREAD_POOL_MIN = 8;
const SUPPORTED = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);

/**
 * All findings, fatal ones first; empty when the product can start here.
 * @param freeDiskBytesMin below this much free space the start is refused.
 */
export function checkPlatform(facts: PlatformFacts, freeDiskBytesMin: number): readonly PlatformFinding[] {
  const checks: readonly Check[] = [
    platform,
    libc,
    processor,
    nodeVersion,
    dataDir,
    (facts) => diskSpace(facts, freeDiskBytesMin),
    threadPool,
  ];
  return checks
    .map((check) => check(facts))
    .filter((finding) => finding !== null)
    .toSorted((a, b) => Number(b.severity === "fatal") - Number(a.severity === "fatal"));
}

function platform({ platform, arch }: PlatformFacts): PlatformFinding | null {
  if (SUPPORTED.has(`${platform}-${arch}`)) return null;
  return {
    id: "platform",
    severity: "fatal",
    sentence: `Throughline does not run on ${platform === "win32" ? "Windows" : platform} (${arch}) by itself.`,
    hint:
      platform === "win32"
        ? "Run it inside WSL2: there it is a Linux program and works as on any other."
        : "Run it on Linux (glibc, x64 or arm64) or macOS, or in a container of one.",
  };
}

function libc({ platform, libc }: PlatformFacts): PlatformFinding | null {
  if (platform !== "linux" || libc !== "musl") return null;
  return {
    id: "libc",
    severity: "fatal",
    sentence:
      "This Linux uses the musl C library (Alpine, for example); the telemetry engine is built for glibc.",
    hint: "Use a Debian, Ubuntu, Fedora or RHEL based system or image, for example node:26-slim instead of node:26-alpine.",
  };
}

function processor({ arch, cpuInfo }: PlatformFacts): PlatformFinding | null {
  // On macOS there is no /proc, and every x64 Mac that runs a supported system has AVX2.
  if (arch !== "x64" || cpuInfo === null) return null;
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim().split(/\s+/);
  if (flags === undefined || flags.includes("avx2")) return null;
  return {
    id: "processor",
    severity: "fatal",
    sentence: "This processor has no AVX2 instructions, which the telemetry engine needs.",
    hint: "Use a machine from about 2015 or later; on a virtual machine set the processor type to 'host'.",
  };
}

function nodeVersion({ nodeVersion }: PlatformFacts): PlatformFinding | null {
  if (Number.parseInt(nodeVersion, 10) >= NODE_MAJOR_MIN) return null;
  return {
    id: "node-version",
    severity: "fatal",
    sentence: `This is Node ${nodeVersion}; the server needs ${NODE_MAJOR_MIN} or later.`,
    hint: "Start it with npm start: that uses the Node 26 which was installed with the product.",
  };
}

function dataDir({ dataDir, dataDirError }: PlatformFacts): PlatformFinding | null {
  if (dataDirError === null) return null;
  return {
    id: "data-dir",
    severity: "fatal",
    sentence: `The data folder ${dataDir} can't be written to (${dataDirError}).`,
    hint: "Give this user write access to it, or set THROUGHLINE_DATA_DIR to another folder.",
  };
}

function diskSpace(
  { dataDir, freeDiskBytes }: PlatformFacts,
  freeDiskBytesMin: number,
): PlatformFinding | null {
  if (freeDiskBytes === null || freeDiskBytes >= freeDiskBytesMin) return null;
  const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
  return {
    id: "disk-space",
    severity: "fatal",
    sentence: `Only ${mebibytes(freeDiskBytes)} are free where ${dataDir} lies; ${mebibytes(freeDiskBytesMin)} are needed to start.`,
    hint: "Free some space, set THROUGHLINE_DATA_DIR to a folder on a larger disk, or lower THROUGHLINE_MIN_FREE_DISK.",
  };
}

function threadPool({ threadPoolSize }: PlatformFacts): PlatformFinding | null {
  const size = Number(threadPoolSize ?? Number.NaN);
  if (Number.isInteger(size) && size >= THREAD_POOL_MIN) return null;
  const found = threadPoolSize === undefined ? "is not set" : `is ${JSON.stringify(threadPoolSize)}`;
  return {
    id: "thread-pool",
    // Four threads still work; a few slow questions at once then hold up every file operation (measured: 1.5 s).
    severity: "warn",
    sentence: `UV_THREADPOOL_SIZE ${found}; slow questions will hold up file operations.`,
    hint: "Start with npm start, or set UV_THREADPOOL_SIZE=16 before Node starts.",
  };
}
