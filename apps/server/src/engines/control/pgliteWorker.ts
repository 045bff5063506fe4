/** The thread that runs the embedded PostgreSQL: a slow statement stalls this event loop and not the product's. */
import { parentPort, workerData } from "node:worker_threads";
import type { ServerErrorFields } from "./connection.ts";
import { openDurablePglite, type DurablePglite } from "./pgliteEngine.ts";
import type { PgliteReply, PgliteRequest, PgliteWorkerData } from "./pgliteProtocol.ts";

if (parentPort === null) throw new Error("pgliteWorker.ts runs as a worker thread of pglite.ts.");
const port = parentPort;
const { clusterDir } = workerData as PgliteWorkerData;

const engine = await openDurablePglite(clusterDir);
// Requests are answered in order because PGlite itself queues them.
port.on("message", (request: PgliteRequest) => void answer(engine, request));
reply({ kind: "opened" });

async function answer(engine: DurablePglite, request: PgliteRequest): Promise<void> {
  try {
    const rows = await execute(engine, request);
    reply({ kind: "done", id: request.id, rows });
  } catch (error) {
    reply({ kind: "failed", id: request.id, error: fieldsOf(error) });
  }
  if (request.kind === "close") port.close();
}

async function execute({ db, syncCount }: DurablePglite, request: PgliteRequest): Promise<readonly object[]> {
  switch (request.kind) {
    case "query":
      return (await db.query<object>(request.sql, [...request.params])).rows;
    case "script":
      await db.exec(request.sql);
      return [];
    case "syncCount":
      return [{ syncCount: syncCount() }];
    case "close":
      await db.close();
      return [];
  }
}

function fieldsOf(error: unknown): ServerErrorFields {
  const field = (name: string): string | undefined => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return typeof value === "string" ? value : undefined;
  };
  const message = error instanceof Error ? error.message : String(error);
  return {
    message,
    code: field("code") ?? field("sqlState"),
    detail: field("detail"),
    constraint: field("constraint"),
    severity: field("severity"),
  };
}

function reply(message: PgliteReply): void {
  port.postMessage(message);
}
