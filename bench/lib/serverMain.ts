/** Engine, journal and OTLP receiver as the product composes them, without pages; with keys, rates and quotas if asked. */
import fastify from "fastify";
import {
  browserHttp,
  createDecodePool,
  openIngest,
  otlpHttp,
  type IngestLimits,
} from "../../apps/server/src/ingest/index.ts";
import {
  bootstrap,
  createIngestGate,
  createIngestKeyVerifier,
  createRateLimiter,
  createSenderAuthenticator,
  openQuotas,
  UNLIMITED,
} from "../../apps/server/src/access/index.ts";
import { openControlStore } from "../../apps/server/src/engines/control/index.ts";
import { openMemoryStore } from "../../apps/server/src/engines/shared/index.ts";
import { openTelemetryStore } from "../../apps/server/src/engines/telemetry/index.ts";
import type { FromServer, Question, ToServer } from "./server.ts";

export interface ServerSettings {
  readonly dataDir: string;
  readonly limits?: Partial<IngestLimits>;
  readonly isWatched?: boolean;
  /** Senders need the key that `ready` tells; without, everybody is the same sender. */
  readonly isKeyed?: boolean;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as ServerSettings;
const write = (details: object, message: string): void => {
  const reason = "err" in details && details.err instanceof Error ? `: ${details.err.message}` : "";
  process.stderr.write(`${message}${reason}\n`);
};
const log = { info: () => {}, warn: write, error: write };
const store = await openTelemetryStore({ dataDir: settings.dataDir });
const access = settings.isKeyed === true ? await openKeys(settings.dataDir) : null;
const ingest = await openIngest({
  dataDir: settings.dataDir,
  store,
  decoder: createDecodePool({}),
  ...(access === null ? {} : { quotas: access.quotas }),
  ...(settings.limits === undefined ? {} : { limits: settings.limits }),
  log,
});
ingest.setWatched(settings.isWatched === true);
const app = fastify();
const sender = { tenantId: "tenant", projectId: "project", keyId: "key" };
const senders = access ?? { authenticate: async () => sender };
await app.register(otlpHttp, { ingest, log, ...senders });
await app.register(browserHttp, {
  ingest,
  log,
  authenticator: { authenticate: async () => sender, mayAsk: async () => true },
});
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
tell({ type: "ready", port: Number(new URL(address).port), key: access?.key ?? null });

async function openKeys(dataDir: string) {
  const control = await openControlStore({ dataDir });
  const { tenantId, firstIngestKey } = await bootstrap(control);
  const verifier = createIngestKeyVerifier(control);
  const quotas = await openQuotas({
    control,
    // One that is counted and never reached.
    defaults: { ...UNLIMITED, spans: Number.MAX_SAFE_INTEGER },
    log,
  });
  return {
    key: firstIngestKey,
    quotas,
    authenticate: createSenderAuthenticator({ verifier, defaultTenantId: tenantId }),
    limitSender: createIngestGate(createRateLimiter(openMemoryStore())),
    async close() {
      await quotas.close();
      await verifier.close();
      await control.close();
    },
  };
}

async function shutDown(): Promise<void> {
  const drained = ingest.close({ drainMs: 60_000 });
  await app.close();
  await drained;
  await access?.close();
  await store.close();
  process.off("disconnect", abandon).disconnect?.();
}

/** The benchmark is gone: nothing here is worth keeping. */
function abandon(): void {
  process.kill(process.pid, "SIGKILL");
}
