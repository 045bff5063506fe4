/** What `apps/web/build.ts` made: the module that renders pages, and which files a page's HTML names. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";

export type WebRenderer = typeof import("../../../../web/src/entryServer.tsx");

/** https://vite.dev/guide/backend-integration */
const manifestShape = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    imports: z.array(z.string()).optional(),
  }),
);
type Manifest = z.infer<typeof manifestShape>;

export interface WebBundle {
  readonly renderer: WebRenderer;
  /** Addresses of the scripts that start every page. */
  readonly entryScript: string;
  readonly stylesheet: string;
  /** All scripts of the page whose source is named (`src/overview/OverviewPage.tsx`), to fetch at once; null: the entry's. */
  scriptsOf(source: string | null): readonly string[];
}

/** The message says what to do. */
export class WebNotBuiltError extends Error {}

const ENTRY = "src/entryClient.tsx";

export async function loadWebBundle(distDir: string): Promise<WebBundle> {
  const manifestPath = join(distDir, "client/.vite/manifest.json");
  if (!existsSync(manifestPath))
    throw new WebNotBuiltError(`The pages are not built: ${manifestPath} is missing. Run: npm run build`);
  const manifest = manifestShape.parse(JSON.parse(await readFile(manifestPath, "utf8")));
  const entry = manifest[ENTRY];
  const stylesheet = Object.values(manifest).find(({ file }) => file.endsWith(".css"));
  if (entry === undefined || stylesheet === undefined)
    throw new WebNotBuiltError(`${manifestPath} names no entry. Run: npm run build -w apps/web -- --force`);
  const renderer: WebRenderer = await import(pathToFileURL(join(distDir, "server/entryServer.js")).href);
  return {
    renderer,
    entryScript: `/${entry.file}`,
    stylesheet: `/${stylesheet.file}`,
    scriptsOf: (source) =>
      [...filesOf(manifest, source === null ? [ENTRY] : [ENTRY, source])].map((file) => `/${file}`),
  };
}

/** The files of these chunks and of all they import. */
function filesOf(manifest: Manifest, keys: readonly string[], files = new Set<string>()): Set<string> {
  for (const key of keys) {
    const chunk = manifest[key];
    if (chunk === undefined || files.has(chunk.file)) continue;
    files.add(chunk.file);
    filesOf(manifest, chunk.imports ?? [], files);
  }
  return files;
}
