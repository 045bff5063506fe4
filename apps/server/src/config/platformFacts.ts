/** Finds out what checkPlatform() judges. Never throws: a fact that can't be found out is null or a reason. */
import { mkdir, mkdtemp, readFile, rmdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { PlatformFacts } from "./platform.ts";

/** Creates the data folder when it is missing. */
export async function gatherPlatformFacts(dataDir: string): Promise<PlatformFacts> {
  const dataDirError = await whyNotWritable(dataDir);
  return {
    platform: process.platform,
    arch: process.arch,
    libc: libcOfThisProcess(),
    cpuInfo: await readFile("/proc/cpuinfo", "utf8").catch(() => null),
    nodeVersion: process.versions.node,
    dataDir,
    dataDirError,
    freeDiskBytes: await freeDiskBytes(dataDir),
    threadPoolSize: process.env.UV_THREADPOOL_SIZE,
  };
}

async function whyNotWritable(dataDir: string): Promise<string | null> {
  try {
    // Only the owner may read what is stored: it holds other people's telemetry and the hashes of keys.
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await rmdir(await mkdtemp(join(dataDir, ".writable-")));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function freeDiskBytes(dataDir: string): Promise<number | null> {
  return await statfs(dataDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
}

function libcOfThisProcess(): PlatformFacts["libc"] {
  if (process.platform !== "linux") return "other";
  // Without this the report resolves every open connection's host name.
  Object.assign(process.report, { excludeNetwork: true });
  const report: { readonly header?: { readonly glibcVersionRuntime?: string } } = process.report.getReport();
  return report.header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
}
