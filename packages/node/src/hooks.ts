/** Ways to reach what an application loads: before it loads anything, or after it has begun to. */
import { readFileSync } from "node:fs";
import { createRequire, register as registerLoader, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { register, supportsSyncHooks } from "import-in-the-middle/register-hooks.mjs";
import { HOOKED_PACKAGES } from "./instrumentations.ts";

const BUILTINS = ["http", "https"] as const;

/** For `--import`: every later import of an ES module passes here. CommonJS needs no hook. */
export function hookImports(): void {
  const include = [...HOOKED_PACKAGES];
  if (supportsSyncHooks()) register({ include });
  else registerLoader("import-in-the-middle/hook.mjs", import.meta.url, { data: { include } });
}

/** Node's own modules are patched in place, also for `import { request } from "node:http"` that is linked already. */
export function patchBuiltins(): void {
  // A bundler that takes this package into an application's own files leaves no `require` that finds them.
  for (const name of BUILTINS) process.getBuiltinModule(name);
  syncBuiltinESMExports();
}

/**
 * For `import "@throughline/node"`: the imports beside it are linked already but have not run. Those of our packages that
 * the application names in its package.json are loaded now and patched in place.
 */
export function patchLoaded(entry = process.argv[1] ?? join(process.cwd(), "index.js")): void {
  const loadForApp = createRequire(entry);
  const named = dependenciesOf(entry);
  for (const name of HOOKED_PACKAGES) {
    if (!named.has(name)) continue;
    try {
      loadForApp(name);
    } catch {
      // Named, but not installed or not for this platform: the application will say so itself if it needs it.
    }
  }
}

function dependenciesOf(entry: string): Set<string> {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        dependencies?: Record<string, string>;
      };
      return new Set(Object.keys(manifest.dependencies ?? {}));
    } catch {
      if (folder === dirname(folder)) return new Set();
    }
  }
}
