/** `GET /throughline.js`: the browser SDK for pages that load it by a script tag, of whichever site. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { gzip } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { WebNotBuiltError } from "./webBundle.ts";

const FILE = fileURLToPath(new URL("../../../../../packages/browser/dist/throughline.js", import.meta.url));

/** @throws {WebNotBuiltError} */
export async function serveSdkScript(app: FastifyInstance): Promise<void> {
  if (!existsSync(FILE))
    throw new WebNotBuiltError(`The browser SDK is not built: ${FILE} is missing. Run: npm run build`);
  const plain = await readFile(FILE);
  const compressed = await promisify(gzip)(plain, { level: 9 });
  app.get("/throughline.js", { config: { permission: "public" } }, (request, reply) => {
    const isCompressed = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
    if (isCompressed) reply.header("content-encoding", "gzip");
    return reply
      .headers({
        "cache-control": "public, max-age=3600",
        vary: "accept-encoding",
        // Made for other sites, also for those that ask for it with `crossorigin` or isolate themselves.
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
      })
      .type("text/javascript; charset=utf-8")
      .send(isCompressed ? compressed : plain);
  });
}
