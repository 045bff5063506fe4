/**
 * The built files, held in memory (some 200 kB): no path of a request ever touches the disk, and a new build may replace
 * the folder while this process still serves the pages that name the old files.
 */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyInstance } from "fastify";

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  /** By content encoding; smaller files have none. */
  readonly compressed: ReadonlyMap<"br" | "gzip", Buffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".png": "image/png",
  ".ico": "image/x-icon",
};
const COMPRESSED = { ".br": "br", ".gz": "gzip" } as const;
/** Names of built files contain a hash of their content. */
const FOREVER = "public, max-age=31536000, immutable";
const ONE_DAY = "public, max-age=86400";

/** Routes for `client/assets/*` and for what lies at the top of `client/`, such as the icon. */
export async function serveAssets(app: FastifyInstance, clientDir: string): Promise<void> {
  for (const [folder, cacheControl] of [
    ["assets", FOREVER],
    ["", ONE_DAY],
  ] as const) {
    for (const [name, asset] of await readAssets(join(clientDir, folder))) {
      app.get(join("/", folder, name), { config: { permission: "public" } }, (request, reply) => {
        const encoding = chooseEncoding(request.headers["accept-encoding"], asset);
        if (encoding !== null) reply.header("content-encoding", encoding);
        return reply
          .headers({ "cache-control": cacheControl, vary: "accept-encoding" })
          .type(asset.type)
          .send(encoding === null ? asset.plain : asset.compressed.get(encoding));
      });
    }
  }
}

async function readAssets(folder: string): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const compressed = new Map<"br" | "gzip", Buffer>();
    for (const [suffix, encoding] of Object.entries(COMPRESSED)) {
      if (names.includes(name + suffix))
        compressed.set(encoding, await readFile(join(folder, name + suffix)));
    }
    assets.set(name, { type, plain: await readFile(join(folder, name)), compressed });
  }
  return assets;
}

function chooseEncoding(accepted: string | string[] | undefined, asset: Asset): "br" | "gzip" | null {
  const names = String(accepted ?? "")
    .split(",")
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(";", 1)[0]?.trim().toLowerCase());
  for (const encoding of ["br", "gzip"] as const)
    if (names.includes(encoding) && asset.compressed.has(encoding)) return encoding;
  return null;
}
