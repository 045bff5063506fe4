/**
 * Builds what sites load: `dist/index.js` for bundlers, `dist/throughline.js` for a script tag, `dist/server.js` for
 * rendering on a server, `dist/next.js`, and their types. web-vitals is inside; there is nothing else to install.
 * Does nothing when no input changed since the last build.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, glob, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { minify } from "terser";
import { build } from "vite";
import { decideWebVitals } from "./decideWebVitals.ts";

const ROOT = import.meta.dirname;
const DIST = join(ROOT, "dist");
const HASH_FILE = ".inputs";

interface Output {
  readonly entry: string;
  readonly file: string;
  readonly format: "es" | "iife";
  readonly banner?: string;
}

const OUTPUTS: readonly Output[] = [
  { entry: "index", file: "index.js", format: "es" },
  { entry: "script", file: "throughline.js", format: "iife" },
  { entry: "server", file: "server.js", format: "es" },
  { entry: "next", file: "next.js", format: "es", banner: '"use client";\n' },
];

async function buildOutput({ entry, file, format, banner = "" }: Output, outDir: string): Promise<void> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "warn",
    plugins: [decideWebVitals()],
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      lib: { entry: join(ROOT, `src/${entry}.ts`), formats: [format], fileName: () => file, name: "_" },
      rolldownOptions: { external: ["@throughline/browser"] },
      minify: false,
    },
  });
  // Vite does not take all out of a module that it could; and what begins with an underscore is nobody else's.
  const path = join(outDir, file);
  const { code } = await minify(await readFile(path, "utf8"), {
    ecma: 2020,
    module: format === "es",
    compress: {
      passes: 3,
      unsafe_arrows: true,
      keep_fargs: false,
      toplevel: true,
      pure_getters: true,
      conditionals: false,
    },
    mangle: { toplevel: true, properties: { regex: /^_[a-z]/ } },
  });
  if (code === undefined) throw new Error(`Nothing came of ${entry}.`);
  await writeFile(path, `${banner}${code}\n`);
}

async function hashInputs(): Promise<string> {
  const paths = [
    join(ROOT, "build.ts"),
    join(ROOT, "decideWebVitals.ts"),
    join(ROOT, "package.json"),
    join(ROOT, "../../package-lock.json"),
  ];
  for await (const path of glob(join(ROOT, "src/*.ts"))) paths.push(path);
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) hash.update(path.slice(ROOT.length)).update(await readFile(path));
  return hash.digest("hex");
}

const hash = await hashInputs();
const previous = await readFile(join(DIST, HASH_FILE), "utf8").catch(() => "");
if (hash === previous) process.exit();

// Built aside and swapped in, so that a failed or a second concurrent build leaves a whole one in place.
const folder = await mkdtemp(join(ROOT, "dist-"));
try {
  for (const output of OUTPUTS) await buildOutput(output, folder);
  const tsc = join(ROOT, "../../node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(folder, "types")];
  await promisify(execFile)(process.execPath, args);
  await writeFile(join(folder, HASH_FILE), hash);
  await chmod(folder, 0o755);
  await rm(DIST, { recursive: true, force: true });
  await rename(folder, DIST);
} catch (error) {
  await rm(folder, { recursive: true, force: true });
  throw error;
}
