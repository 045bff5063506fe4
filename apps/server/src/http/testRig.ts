/** For tests of access: the main app as it runs, on the given control store, with people, keys and two organisations. */
import { randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "@throughline/contract";
import type { FastifyInstance, InjectOptions } from "fastify";
import pino from "pino";
import {
  type Access,
  bootstrap,
  createIngestGate,
  createBrowserAuthenticator,
  createOwnPagesAuthenticator,
  createIngestKeyVerifier,
  createRateLimiter,
  createSenderAuthenticator,
  createSignInThrottle,
  openAccess,
  openQuotas,
  OWN_PROJECT,
  type Quotas,
  type ResolveTxt,
} from "../access/index.ts";
import { newSession } from "../access/auth/openSession.ts";
import { RATE_RULES, type RateRules } from "../access/limits/rules.ts";
import { createPerson } from "../access/people/createPerson.ts";
import type { ControlStore } from "../engines/control/index.ts";
import { openMemoryStore, openSharedStore } from "../engines/shared/index.ts";
import { openTelemetryStore, type TelemetryStore } from "../engines/telemetry/index.ts";
import { readBeneath } from "../insight/index.ts";
import { createDecodePool, type Ingest, openIngest } from "../ingest/index.ts";
import { readOwnPerformance } from "../insight/system/index.ts";
import { LiveHub } from "../live/index.ts";
import { createOutgoing } from "../outgoing/index.ts";
import { openSourceCache } from "../sources/index.ts";
import { createVitalsReader } from "../budgets/index.ts";
import { createSymbolicator } from "../sourceMaps/index.ts";
import { createOpenSession, readMissingIndexes } from "../databases/index.ts";
import { createMainApp } from "./mainApp.ts";
import type { PagesOptions } from "./pages/index.ts";
import { ProblemError } from "./problem.ts";
import { createReadContexts } from "./readContext.ts";

/** Stands for another machine: nothing is granted for being on this one. */
export const ELSEWHERE = { remoteAddress: "203.0.113.9", headers: { host: "203.0.113.1:3300" } } as const;

/** The engines, once per process; every instance of the product shares them as several would share servers. */
export interface Engines {
  readonly control: ControlStore;
  readonly telemetry: TelemetryStore;
  readonly ingest: Ingest;
  readonly quotas: Quotas;
  readonly dataDir: string;
  readonly firstTenantId: string;
  close(): Promise<void>;
}

export interface EnginesOptions {
  /** Called before rows that are durable in the journal go into the engine. */
  readonly beforeLoad?: () => Promise<void>;
}

export async function openEngines(
  control: ControlStore,
  { beforeLoad }: EnginesOptions = {},
): Promise<Engines> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-access-"));
  const log = pino({ level: "silent" });
  const telemetry = await openTelemetryStore({ dataDir });
  const quotas = await openQuotas({ control, log });
  const ingest = await openIngest({
    dataDir,
    store: {
      ...telemetry,
      async load(file) {
        await beforeLoad?.();
        await telemetry.load(file);
      },
    },
    decoder: createDecodePool({ workers: 1 }),
    quotas,
    log,
  });
  const { tenantId: firstTenantId } = await bootstrap(control);
  return {
    control,
    telemetry,
    ingest,
    quotas,
    dataDir,
    firstTenantId,
    async close() {
      await ingest.close({ drainMs: 5000 });
      await quotas.close();
      await telemetry.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Instance {
  readonly app: FastifyInstance;
  readonly access: Access;
  close(): Promise<void>;
}

export interface InstanceOptions {
  readonly publicUrl?: string;
  readonly trustedProxies?: readonly string[];
  readonly redisUrl?: string;
  readonly smtpUrl?: string;
  /** THROUGHLINE_OUTGOING_ALLOW. */
  readonly outgoingAllow?: readonly string[];
  /** Proofs of mail domains; by default there is none. */
  readonly resolveTxt?: ResolveTxt;
  /** Rate limits so wide that a test which asks everything never meets one. */
  readonly hasWideLimits?: boolean;
  /** What pages are answered by their API, instead of asking it: for who asks for very many. */
  readonly fetchJson?: PagesOptions["fetchJson"];
  /** `apps/web/dist`. */
  readonly distDir: string;
}

/** The rules as they are, with room for whoever asks very much. */
export function wideRules(): RateRules {
  const wide = Object.entries(RATE_RULES).map(([name, rules]) => [
    name,
    rules.map((rule) => ({ ...rule, limit: rule.limit * 1e6, burst: rule.burst * 1e6 })),
  ]);
  return Object.fromEntries(wide) as RateRules;
}

/** One instance of the product: several may run on the same engines. */
export async function openInstance(engines: Engines, options: InstanceOptions): Promise<Instance> {
  const { control, telemetry, ingest, quotas, firstTenantId, dataDir } = engines;
  const log = pino({ level: "silent" });
  const shared = await openSharedStore({ redisUrl: options.redisUrl });
  // Its clock stands still: hashing may take longer than the first wait does.
  const throttled = options.redisUrl === undefined ? openMemoryStore({ nowMs: () => 0 }) : shared;
  const verifier = createIngestKeyVerifier(control);
  const outgoing = createOutgoing({ allow: options.outgoingAllow ?? [] });
  const access = await openAccess({
    control,
    telemetry,
    firstTenantId,
    ingest,
    ingestKeys: verifier,
    quotas,
    dataDir,
    publicUrl: options.publicUrl,
    smtpUrl: options.smtpUrl,
    outgoing,
    resolveTxt: options.resolveTxt ?? (async () => []),
    signInThrottle: createSignInThrottle(throttled),
    log,
  });
  const symbolicator = createSymbolicator(control);
  const vitals = createVitalsReader(control, symbolicator.of);
  const hub = new LiveHub({
    ingest,
    log,
    vitals,
    readBeneath,
    onBudgetEvents: () => () => undefined,
    onErrorEvents: () => () => undefined,
    readerOf: (scope) => telemetry.scoped(scope),
    readSystem: async () => ({}),
  });
  const limiter = createRateLimiter(shared, options.hasWideLimits === true ? { rules: wideRules() } : {});
  const cache = openSourceCache({ redisUrl: options.redisUrl });
  const app = await createMainApp({
    log,
    access,
    limiter,
    trustedProxies: options.trustedProxies,
    contexts: createReadContexts({ control, telemetry, lists: access.projectLists }),
    telemetry,
    health: {
      telemetry,
      control,
      ingest,
      shared,
      release: { version: "0", commit: "", branch: "", deployedAt: "" },
      isReady: () => true,
    },
    vitals,
    symbolicator,
    openDatabase: createOpenSession(outgoing),
    // Who may ask is what is tested here.
    readSystem: async () => {
      throw new ProblemError("store_unavailable", "The System page is not a part of this rig.");
    },
    hub,
    cache,
    // Never kept: a test may not be answered with what was before it.
    readBeneath: (reader, range, nowMs) =>
      readBeneath(reader, range, nowMs, (scope) => readMissingIndexes(control, scope)),
    otlp: {
      ingest,
      log,
      limitSender: createIngestGate(limiter),
      authenticate: createSenderAuthenticator({ verifier, defaultTenantId: firstTenantId }),
    },
    browser: {
      ingest,
      log,
      limitSender: createIngestGate(limiter),
      authenticator: createBrowserAuthenticator({ verifier, defaultTenantId: firstTenantId }),
    },
    ownPages: {
      ingest,
      log,
      limitSender: createIngestGate(limiter),
      authenticator: createOwnPagesAuthenticator({ tenantId: firstTenantId, publicUrl: options.publicUrl }),
    },
    readOwnPerformance: () =>
      readOwnPerformance(
        telemetry.scoped({ tenantId: firstTenantId, projectId: OWN_PROJECT }),
        { connections: 0, eventsPerMinute: 0, isMeasured: true },
        Date.now(),
      ),
    pages: {
      distDir: options.distDir,
      ...(options.fetchJson === undefined ? {} : { fetchJson: options.fetchJson }),
    },
  });
  await app.ready();
  return {
    app,
    access,
    async close() {
      await app.close();
      hub.close();
      await cache.close();
      await access.close();
      await outgoing.close();
      await verifier.close();
      await shared.close();
    },
  };
}

export interface TestPerson {
  readonly userId: string;
  readonly email: string;
}

/** A member with a role; without a password, since hashing it is slow. */
export async function addPerson(
  control: ControlStore,
  tenantId: string,
  role: Role,
  { projectIds = null, password }: { projectIds?: readonly string[] | null; password?: string } = {},
): Promise<TestPerson> {
  const email = `${role.toLowerCase()}-${randomUUIDv7()}@example.com`;
  const userId = await control.transaction(async (tx) => {
    const id = await createPerson(tx, {
      name: `A ${role}`,
      email,
      isEmailVerified: false,
      passwordHash: password ?? null,
    });
    await tx.query(
      "insert into members (tenant_id, user_id, role, sees_all_projects) values ($1, $2, $3, $4)",
      [tenantId, id, role, projectIds === null],
    );
    for (const projectId of projectIds ?? [])
      await tx.query("insert into member_projects (tenant_id, user_id, project_id) values ($1, $2, $3)", [
        tenantId,
        id,
        projectId,
      ]);
    return id;
  });
  return { userId, email };
}

/** The cookie header of a new session. */
export async function cookieOf(
  access: Access,
  userId: string,
  ssoProviderId: string | null = null,
): Promise<string> {
  const session = { userId, ssoProviderId, address: "203.0.113.9", userAgent: "test" };
  return `tl_session_token=${await newSession(access, session)}`;
}

/** Marks the installation as set up, as the first account does. */
export async function markSetUp(control: ControlStore): Promise<void> {
  await control.query(
    "insert into settings (key, value) values ('owner', '{}') on conflict (key) do nothing",
  );
}

/** A request from another machine. */
export function fromElsewhere(
  app: FastifyInstance,
  options: InjectOptions & { readonly headers?: Record<string, string> },
) {
  return app.inject({ ...ELSEWHERE, ...options, headers: { ...ELSEWHERE.headers, ...options.headers } });
}
