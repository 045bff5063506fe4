/**
 * Builds the web app: `dist/client` (hashed assets, precompressed, with Vite's manifest) and `dist/server` (one module
 * that renders pages). Does nothing when no input changed since the last build. `--force` builds anyway.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, glob, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, type InlineConfig } from "vite";

const ROOT = import.meta.dirname;
const DIST = join(ROOT, "dist");
const HASH_FILE = ".inputs";
/** Smaller files gain nothing from compression. */
const COMPRESS_FROM_BYTES = 600;
/** Without what one dialog of one page loads when it is opened. */
const CORE = /node_modules\/(?!qr\/)|src\/(styles|ui|data|shell)\//;

async function hashInputs(): Promise<string> {
  const paths = [join(ROOT, "build.ts"), join(ROOT, "package.json"), join(ROOT, "../../package-lock.json")];
  // With the browser SDK, which the pages measure themselves by.
  const patterns = [
    join(ROOT, "{src,public}/**/*.*"),
    join(ROOT, "../../packages/{contract,browser}/src/*.ts"),
    join(ROOT, "../../packages/browser/*.ts"),
  ];
  for await (const path of glob(patterns)) paths.push(path);
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) hash.update(path.slice(ROOT.length)).update(await readFile(path));
  return hash.digest("hex");
}

const shared: InlineConfig = {
  root: ROOT,
  configFile: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
};

async function buildInto(folder: string): Promise<void> {
  await build({
    ...shared,
    build: {
      outDir: join(folder, "client"),
      manifest: true,
      target: "es2023",
      cssCodeSplit: false,
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: join(ROOT, "src/entryClient.tsx"),
        // What every page needs in one request instead of ten small ones.
        output: {
          codeSplitting: { groups: [{ name: "core", test: CORE }] },
        },
      },
    },
  });
  await build({
    ...shared,
    publicDir: false,
    // Everything inside: a second copy of Preact from node_modules would break hooks.
    ssr: { noExternal: true },
    build: {
      outDir: join(folder, "server"),
      target: "node26",
      ssr: join(ROOT, "src/entryServer.tsx"),
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
}

async function compressAssets(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    if (bytes.length < COMPRESS_FROM_BYTES || !/\.(js|css|svg)$/.test(name)) continue;
    await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
  }
}

// What a shell happens to have set (`npm test` sets "test") must not decide that people get a development build.
process.env["NODE_ENV"] = "production";
await promisify(execFile)(process.execPath, [join(ROOT, "../../packages/browser/build.ts")]);
const hash = await hashInputs();
const previous = existsSync(join(DIST, HASH_FILE)) ? await readFile(join(DIST, HASH_FILE), "utf8") : "";
if (hash !== previous || process.argv.includes("--force")) {
  // Built aside and swapped in, so that a failed or a second concurrent build leaves a whole one in place.
  const folder = await mkdtemp(join(ROOT, "dist-"));
  try {
    await buildInto(folder);
    await compressAssets(join(folder, "client/assets"));
    await writeFile(join(folder, HASH_FILE), hash);
    await chmod(folder, 0o755);
    await rm(DIST, { recursive: true, force: true });
    await rename(folder, DIST);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
