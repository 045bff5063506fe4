/**
 * The ingest side of the product as a process of its own, for tests that kill it, fill its disk or flood it: engine,
 * journal, both receivers and, for the tests only, a way to ask the engine. Settings come as JSON in the first
 * argument; the ports go out as one JSON line.
 */
import fastify from "fastify";
import { createDecodePool } from "../../apps/server/src/ingest/decode/decodePool.ts";
import {
  browserHttp,
  openIngest,
  openOtlpGrpc,
  otlpHttp,
  type IngestLimits,
} from "../../apps/server/src/ingest/index.ts";
import { openTelemetryStore } from "../../apps/server/src/engines/telemetry/index.ts";

export interface ServerSettings {
  readonly dataDir: string;
  readonly limits?: Partial<IngestLimits>;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as ServerSettings;
const write = (level: string) => (details: object, message: string) => {
  const err = "err" in details && details.err instanceof Error ? { err: details.err.message } : {};
  process.stderr.write(`${level} ${message} ${JSON.stringify({ ...details, ...err })}\n`);
};
const log = { info: write("info"), warn: write("warn"), error: write("error") };
const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
const authenticate = async () => sender;

const store = await openTelemetryStore({ dataDir: settings.dataDir });
const ingest = await openIngest({
  dataDir: settings.dataDir,
  store,
  decoder: createDecodePool({}),
  limits: settings.limits,
  log,
});
const app = fastify({ requestTimeout: 60_000 });
await app.register(otlpHttp, { ingest, authenticate, log });
await app.register(browserHttp, { ingest, authenticator: { authenticate, mayAsk: async () => true }, log });
app.get("/test/status", () => ({ ...ingest.status(), rssBytes: process.memoryUsage.rss() }));
app.post<{ Body: { sql: string } }>("/test/sql", (request) =>
  store.internal.query(
    request.body.sql,
    {},
    { name: "test", maxExecutionMs: 60_000, maxResultRows: 1_000_000 },
  ),
);
const httpPort = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
const grpc = await openOtlpGrpc({ ingest, authenticate, host: "127.0.0.1", port: 0, log });
process.stdout.write(`${JSON.stringify({ httpPort, grpcPort: grpc.port, pid: process.pid })}\n`);

process.once("SIGTERM", () => void shutDown());

async function shutDown(): Promise<void> {
  const drained = ingest.close({ drainMs: 5000 });
  await Promise.all([app.close(), grpc.close({ drainMs: 2000 })]);
  await drained;
  await store.close();
}
