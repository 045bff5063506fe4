/** Engine, journal and OTLP receiver as the product composes them, without sign-in and pages. */
import fastify from "fastify";
import {
  createDecodePool,
  openIngest,
  otlpHttp,
  type IngestLimits,
} from "../../apps/server/src/ingest/index.ts";
import { openTelemetryStore } from "../../apps/server/src/engines/telemetry/index.ts";
import type { FromServer, Question, ToServer } from "./server.ts";

export interface ServerSettings {
  readonly dataDir: string;
  readonly limits?: Partial<IngestLimits>;
  readonly isWatched?: boolean;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as ServerSettings;
const write = (details: object, message: string): void => {
  const reason = "err" in details && details.err instanceof Error ? `: ${details.err.message}` : "";
  process.stderr.write(`${message}${reason}\n`);
};
const log = { info: () => {}, warn: write, error: write };
const store = await openTelemetryStore({ dataDir: settings.dataDir });
const ingest = await openIngest({
  dataDir: settings.dataDir,
  store,
  decoder: createDecodePool({}),
  ...(settings.limits === undefined ? {} : { limits: settings.limits }),
  log,
});
ingest.setWatched(settings.isWatched === true);
const app = fastify();
const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
await app.register(otlpHttp, { ingest, authenticate: async () => sender, log });
const address = await app.listen({ port: 0, host: "127.0.0.1" });

const tell = (message: FromServer): void => void process.send?.(message);

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case "status":
      return ingest.status();
    case "usage": {
      const { user, system } = process.cpuUsage();
      return { cpuUs: user + system, rssBytes: process.memoryUsage.rss() };
    }
    case "load":
      return await store.load(question.file);
    case "sql": {
      const options = { name: "bench", maxExecutionMs: 60_000, maxResultRows: 1_000_000 };
      return await store.internal.query(question.sql, {}, options);
    }
  }
}

process.on("message", ({ id, question }: ToServer) => {
  answer(question).then(
    (value) => tell({ type: "answer", id, value }),
    (error: Error) => tell({ type: "failed", id, message: error.message }),
  );
});
process.once("SIGTERM", () => void shutDown()).once("disconnect", abandon);
tell({ type: "ready", port: Number(new URL(address).port) });

async function shutDown(): Promise<void> {
  const drained = ingest.close({ drainMs: 60_000 });
  await app.close();
  await drained;
  await store.close();
  process.off("disconnect", abandon).disconnect?.();
}

/** The benchmark is gone: nothing here is worth keeping. */
function abandon(): void {
  process.kill(process.pid, "SIGKILL");
}
