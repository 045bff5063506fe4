/** `node --import @throughline/node/register app.js`: before the application loads anything, as ES module or CommonJS. */
import { hookImports } from "./hooks.ts";
import { start } from "./start.ts";

if (process.env["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true") {
  hookImports();
  start();
}
