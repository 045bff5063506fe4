/** What a browser loads for a few lines of code, built as one script as our own SDK is. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { minify } from "terser";
import { build } from "vite";

export interface BundleSize {
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly brotliBytes: number;
}

export function sizeOf(code: string): BundleSize {
  return {
    bytes: Buffer.byteLength(code),
    gzipBytes: gzipSync(code, { level: 9 }).length,
    brotliBytes: brotliCompressSync(code).length,
  };
}

/** @param source of the entry; its imports are those of the bench workspace. */
export async function bundleSize(source: string): Promise<BundleSize> {
  const folder = await mkdtemp(join(import.meta.dirname, "../entry-"));
  try {
    const entry = join(folder, "entry.js");
    await writeFile(entry, source);
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: "warn",
      define: { "process.env.NODE_ENV": '"production"' },
      build: {
        write: false,
        target: "es2022",
        minify: false,
        lib: { entry, formats: ["iife"], name: "_" },
      },
    });
    const [output] = Array.isArray(built) ? built : [built];
    if (output === undefined || !("output" in output)) throw new Error("Nothing was built.");
    const { code } = await minify(output.output[0].code, {
      ecma: 2020,
      compress: { passes: 3, toplevel: true },
      mangle: { toplevel: true },
    });
    return sizeOf(code ?? "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
