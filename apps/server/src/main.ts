/**
 * Compose and start; nothing else. The only file that knows every room. Order: stores, ingest, own telemetry, live,
 * HTTP; it ends in the opposite order. What was opened is closed again when a later step fails.
 */
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { trace } from "@opentelemetry/api";
import type { FastifyInstance } from "fastify";
import {
  bootstrap,
  createIngestGate,
  createBrowserAuthenticator,
  createOwnPagesAuthenticator,
  createIngestKeyVerifier,
  createRateLimiter,
  createSenderAuthenticator,
  createSignInThrottle,
  ingestKeysOfTenant,
  openAccess,
  openQuotas,
  OWN_KEY_ID,
  OWN_PROJECT,
} from "./access/index.ts";
import { createVitalsReader, startBudgetEvaluator } from "./budgets/index.ts";
import { createSymbolicator } from "./sourceMaps/index.ts";
import { createOpenSession, readMissingIndexes, startDatabaseCollector } from "./databases/index.ts";
import { startErrorEvaluator } from "./errors/index.ts";
import type { Config } from "./config/index.ts";
import { openControlStore } from "./engines/control/index.ts";
import { openSharedStore } from "./engines/shared/index.ts";
import { openTelemetryStore, type TelemetryStore } from "./engines/telemetry/index.ts";
import { createOtlpApp } from "./http/app.ts";
import { createMainApp } from "./http/mainApp.ts";
import { createReadContexts } from "./http/readContext.ts";
import {
  createDecodePool,
  openIngest,
  openOtlpGrpc,
  readGuardSeeds,
  readVitalSeeds,
  type DecodePool,
} from "./ingest/index.ts";
import { readBeneath } from "./insight/index.ts";
import {
  createProcessProbe,
  ledgerWindow,
  readOwnPerformance,
  readSystem,
  startLedgerAudit,
  type SystemSources,
} from "./insight/system/index.ts";
import {
  createLog,
  createOwnExporters,
  observeProcess,
  startOpenTelemetry,
  withControlSpans,
  withTelemetrySpans,
} from "./observe/index.ts";
import { LiveHub } from "./live/index.ts";
import { createOutgoing } from "./outgoing/index.ts";
import { createBeneathReader, createBreakers, openSourceCache } from "./sources/index.ts";
import { readRelease, startedAtMs } from "./release.ts";

export interface Product {
  /** What the person who started it should read: the addresses and, at the first start, the ingest key. */
  readonly welcome: string;
  close(): Promise<void>;
}

/** Another program has the port; the message says how to choose another one. */
export class PortInUseError extends Error {}

const WEB_DIST = fileURLToPath(new URL("../../web/dist", import.meta.url));

type Closer = () => Promise<void>;

export async function startProduct(config: Config): Promise<Product> {
  const closers: Closer[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    return await start(config, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(config: Config, closers: Closer[], closeAll: () => Promise<void>): Promise<Product> {
  const release = readRelease(process.env);
  const log = createLog(config.logLevel, process.stdout.isTTY);
  warnOfUnused(config, log.warn.bind(log));

  const telemetry = await openTelemetryStore({
    dataDir: config.dataDir,
    clickhouseUrl: config.clickhouseUrl,
    memoryLimitBytes: config.engineMemoryLimitBytes,
  });
  closers.push(() => telemetry.close());
  const control = await openControlStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl });
  closers.push(() => control.close());
  const shared = await openSharedStore({
    redisUrl: config.redisUrl,
    onChange: ({ isUp, message }) => (isUp ? log.info(message) : log.warn(message)),
  });
  closers.push(() => shared.close());
  const { tenantId, firstIngestKey } = await bootstrap(control);
  const verifier = createIngestKeyVerifier(control);
  closers.push(() => verifier.close());
  const outgoing = createOutgoing({ allow: config.outgoingAllow });
  closers.push(() => outgoing.close());
  const quotas = await openQuotas({ control, defaults: config.dailyQuotas, log });
  closers.push(() => quotas.close());

  const decoder = createDecodePool({
    onCrash: (err) => log.error({ err }, "A decode worker ended unexpectedly and was started again."),
  });
  const ingest = await openIngest({
    dataDir: config.dataDir,
    store: telemetry,
    decoder,
    limits: { journalBytesMax: config.journalLimitBytes },
    quotas,
    log,
  });
  const drainMs = config.shutdownSeconds * 1000;
  closers.push(() => ingest.close({ drainMs }));
  const breakers = createBreakers({
    onChange: (status) =>
      log.warn({ ...status }, "An outside service was given up on, tried again, or is back."),
  });
  const access = await openAccess({
    ...config,
    breakers,
    outgoing,
    control,
    telemetry,
    firstTenantId: tenantId,
    ingest,
    ingestKeys: verifier,
    quotas,
    signInThrottle: createSignInThrottle(shared),
    log,
  });
  closers.push(() => access.close());
  const seeding = seedGuards(telemetry, decoder).catch((err: unknown) => {
    log.warn({ err }, "The cardinality guard starts without what is stored already.");
  });
  closers.push(() => seeding);
  // Before anybody is answered: a report that comes first would count as another view.
  await seedVitals(telemetry, decoder).catch((err: unknown) => {
    log.warn({ err }, "Vitals that are reported again may count twice: what is stored could not be read.");
  });

  if (config.isSelfTelemetryOn) {
    const sender = { tenantId, projectId: OWN_PROJECT, keyId: OWN_KEY_ID };
    const openTelemetry = startOpenTelemetry(createOwnExporters(ingest, sender), release);
    closers.push(() => openTelemetry.shutdown());
    observeProcess(ingest);
  }

  let isReady = true;
  const apps: FastifyInstance[] = [];
  const authenticate = createSenderAuthenticator({ verifier, defaultTenantId: tenantId });
  const limiter = createRateLimiter(shared);
  const cache = openSourceCache({
    redisUrl: config.redisUrl,
    onError: (err) => log.warn({ err }, "The cache of dashboards does not reach Redis."),
  });
  closers.push(() => cache.close());
  const otlp = { ingest, authenticate, limitSender: createIngestGate(limiter), log };
  const contexts = createReadContexts({
    control: withControlSpans(control),
    telemetry: withTelemetrySpans(telemetry),
    lists: access.projectLists,
  });

  const probe = createProcessProbe(config.dataDir);
  closers.push(async () => probe.close());
  const system: SystemSources = {
    tenantId,
    ownProjectId: OWN_PROJECT,
    version: release.version,
    startedAtMs,
    telemetry,
    control,
    ingest,
    process: probe,
    live: () => {
      const { connections, eventsPerMinute } = hub.status();
      return { connections, eventsPerMinute };
    },
    breakers: () => breakers.status(),
    quotas: () =>
      quotas
        .all()
        .flatMap(({ name, meters }) =>
          meters.filter(({ state }) => state !== "ok").map((meter) => ({ ...meter, organisation: name })),
        ),
    keyNames: async () =>
      new Map((await ingestKeysOfTenant(control, tenantId)).map(({ id, name }) => [id, name])),
  };
  const budgets = startBudgetEvaluator({ control, telemetry, ingest, log });
  closers.push(() => budgets.close());
  const symbolicator = createSymbolicator(control);
  const vitals = createVitalsReader(control, symbolicator.of);
  const openDatabase = createOpenSession(outgoing);
  const collector = startDatabaseCollector({ control, ingest, box: access.box, open: openDatabase, log });
  closers.push(() => collector.close());
  const errors = startErrorEvaluator({ control, telemetry, ingest, log });
  closers.push(() => errors.close());
  const beneath = createBeneathReader(cache, (reader, range, nowMs) =>
    readBeneath(reader, range, nowMs, (scope) => readMissingIndexes(control, scope)),
  );
  const hub: LiveHub = new LiveHub({
    ingest,
    vitals,
    onBudgetEvents: (listener) => budgets.onEvents(listener),
    onErrorEvents: (listener) => errors.onEvents(listener),
    readerOf: (scope) => telemetry.scoped(scope),
    readBeneath: beneath,
    readSystem: () => readSystem(system),
    log,
  });
  const stopAudit = startLedgerAudit({
    reader: telemetry.internal,
    window: () => ledgerWindow(system, Date.now()),
    log,
  });
  closers.push(async () => stopAudit());

  let otlpPorts: { otlpHttpPort: number | null; otlpGrpcPort: number | null } = {
    otlpHttpPort: null,
    otlpGrpcPort: null,
  };
  const app = await createMainApp({
    log,
    access,
    limiter,
    trustedProxies: config.trustedProxies,
    contexts,
    telemetry,
    health: { telemetry, control, ingest, shared, release, isReady: () => isReady },
    vitals,
    symbolicator,
    openDatabase,
    readSystem: () => readSystem(system),
    hub,
    cache,
    readBeneath: beneath,
    otlp,
    browser: {
      ingest,
      log,
      limitSender: otlp.limitSender,
      authenticator: createBrowserAuthenticator({ verifier, defaultTenantId: tenantId }),
    },
    ...(config.isSelfTelemetryOn
      ? {
          ownPages: {
            ingest,
            log,
            limitSender: otlp.limitSender,
            authenticator: createOwnPagesAuthenticator({ tenantId, publicUrl: config.publicUrl }),
          },
        }
      : {}),
    readOwnPerformance: () =>
      readOwnPerformance(
        telemetry.scoped({ tenantId, projectId: OWN_PROJECT }),
        {
          ...hub.status(),
          isMeasured: config.isSelfTelemetryOn,
          cache: cache.status(),
          breakers: breakers.status(),
        },
        Date.now(),
      ),
    pages: {
      distDir: WEB_DIST,
      installation: () => ({
        version: release.version,
        ...otlpPorts,
        isMeasured: config.isSelfTelemetryOn,
      }),
    },
  });
  apps.push(app);
  const otlpApp = await createOtlpApp(log, otlp, () => addressOf(app), config.trustedProxies);
  apps.push(otlpApp);
  closers.push(async () => {
    isReady = false;
    hub.close();
    await Promise.all(apps.map((each) => each.close()));
  });
  await listen(app, config.host, config.port, "THROUGHLINE_PORT");
  await listen(otlpApp, config.host, config.otlpHttpPort, "THROUGHLINE_OTLP_HTTP_PORT");
  const grpc = await explainPort("THROUGHLINE_OTLP_GRPC_PORT", config.otlpGrpcPort, () =>
    openOtlpGrpc({ ...otlp, host: config.host, port: config.otlpGrpcPort }),
  );
  closers.push(() => grpc.close({ drainMs }));
  otlpPorts = { otlpHttpPort: portOf(otlpApp), otlpGrpcPort: grpc.port };

  trace.getTracer("throughline").startSpan("start", { startTime: startedAtMs }).end();
  log.info({ version: release.version, commit: release.commit }, "Throughline is ready.");
  return {
    welcome: welcome({
      pages: addressOf(app),
      otlpHttp: addressOf(otlpApp),
      otlpGrpc: `http://${hostForUrl(config.host)}:${grpc.port}`,
      dataDir: config.dataDir,
      firstIngestKey,
      setupCode: access.setupCode,
    }),
    close: closeAll,
  };
}

function warnOfUnused(config: Config, warn: (details: object, message: string) => void): void {
  if (config.natsUrl !== undefined)
    warn(
      {},
      "NATS_URL is set, but this version publishes no alerts: nothing connects there, and the setting has no effect yet.",
    );
}

async function seedGuards(telemetry: TelemetryStore, decoder: DecodePool): Promise<void> {
  decoder.seed(await readGuardSeeds(telemetry.internal));
}

async function seedVitals(telemetry: TelemetryStore, decoder: DecodePool): Promise<void> {
  decoder.seedVitals(await readVitalSeeds(telemetry.internal));
}

async function listen(app: FastifyInstance, host: string, port: number, setting: string): Promise<void> {
  await explainPort(setting, port, () => app.listen({ host, port }));
}

async function explainPort<T>(setting: string, port: number, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE")
      throw new PortInUseError(
        `port ${port} is taken by another program. End it, or choose another port with ${setting}.`,
        { cause: error },
      );
    if (code === "EACCES")
      throw new PortInUseError(`this user may not open port ${port}. Choose another one with ${setting}.`, {
        cause: error,
      });
    throw error;
  }
}

function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}

function addressOf(app: FastifyInstance): string {
  return `http://${hostForUrl((app.server.address() as AddressInfo).address)}:${portOf(app)}`;
}

function hostForUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

interface WelcomeFacts {
  readonly pages: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly dataDir: string;
  readonly firstIngestKey: string | null;
  readonly setupCode: string | null;
}

function welcome(facts: WelcomeFacts): string {
  const key =
    facts.firstIngestKey === null
      ? ""
      : `
  Ingest key  ${facts.firstIngestKey}
              for senders on other machines; shown this once, stored hashed
`;
  const setup =
    facts.setupCode === null
      ? ""
      : `
  Set-up      ${facts.pages}/setup makes the first account; until then the pages answer this machine only
              code for another machine: ${facts.setupCode}
`;
  return `
Throughline is running.

  Pages       ${facts.pages}
  OTLP/HTTP   ${facts.otlpHttp}
  OTLP/gRPC   ${facts.otlpGrpc}
  Data        ${facts.dataDir}
${key}${setup}
`;
}
