/**
 * Builds what applications load: `dist/` holds each module of `src/` as plain ES module with its types. Nothing is bundled,
 * as the OpenTelemetry packages must be the same copies that the application sees.
 * Does nothing when no input changed since the last build.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, glob, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = import.meta.dirname;
const DIST = join(ROOT, "dist");
const HASH_FILE = ".inputs";

async function hashInputs(): Promise<string> {
  const paths = ["build.ts", "package.json", "tsconfig.build.json", "../../package-lock.json"].map((name) =>
    join(ROOT, name),
  );
  for await (const path of glob(join(ROOT, "src/**/*.ts"))) paths.push(path);
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
  const tsc = join(ROOT, "../../node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", folder];
  await promisify(execFile)(process.execPath, args);
  await writeFile(join(folder, HASH_FILE), hash);
  await chmod(folder, 0o755);
  await rm(DIST, { recursive: true, force: true });
  await rename(folder, DIST);
} catch (error) {
  await rm(folder, { recursive: true, force: true });
  throw error;
}
