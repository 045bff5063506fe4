/** `import "@throughline/node"` as an application's first import starts everything. */
import { patchLoaded } from "./hooks.ts";
import { start } from "./start.ts";

const wasRunning = Symbol.for("throughline.node.running") in globalThis;
start();
if (!wasRunning && Symbol.for("throughline.node.running") in globalThis) patchLoaded();

export { instrumentCron, type CronStatus } from "./cron.ts";
export { event } from "./events.ts";
export { flush, type StartOptions } from "./start.ts";
