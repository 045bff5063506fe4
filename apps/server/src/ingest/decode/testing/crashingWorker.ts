/** A decode worker that dies of a body that begins with 0xff, and otherwise is the real one. */
import { parentPort } from "node:worker_threads";
import type { ToWorker } from "../workerMessages.ts";

parentPort?.on("message", (message: ToWorker) => {
  if (message.type === "decode" && message.request.body[0] === 0xff) {
    process.exit(3);
  }
});
await import("../decodeWorker.ts");
