/** Entry point of a decode worker: answers each message of the pool; see workerMessages.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { IngestRefusal } from "../types.ts";
import { createDecoder } from "./decoder.ts";
import { freeBuffer } from "./freeBuffer.ts";
import { createGuard } from "./guard.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./workerMessages.ts";

if (parentPort === null) throw new Error("decodeWorker.ts runs only as a worker thread of the decode pool.");
const port = parentPort;
const settings = workerData as WorkerSettings;
const decoder = createDecoder(settings.limits, createGuard(settings.guardLimits));

port.on("message", (message: ToWorker) => {
  if (message.type === "seed") {
    decoder.guard.seed(message.seeds, message.nowMs);
    return;
  }
  if (message.type === "seed_vitals") {
    decoder.vitals.seed(message.seeds);
    return;
  }
  const { id, request, flags } = message;
  try {
    const batch = decoder.decode(request, flags);
    const blocks = batch.tables.map(({ native }) => native.buffer as ArrayBuffer);
    port.postMessage({ type: "decoded", id, batch } satisfies FromWorker, blocks);
  } catch (error) {
    port.postMessage(answerFor(id, error));
  } finally {
    // It was handed over, so it is this thread's own.
    freeBuffer(request.body);
  }
});

function answerFor(id: number, error: unknown): FromWorker {
  if (error instanceof IngestRefusal)
    return { type: "refused", id, kind: error.kind, message: error.message };
  return {
    type: "failed",
    id,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
