/**
 * What access costs. (a) An API call: the same small read through an app as the product makes it (session, permission,
 * rate limits, each store bound to the tenant) and through one without any of it. (b) Ingest: with a key, rates and a
 * counted daily quota, beside a server that asks nobody. Both sides in turn within one run: only their difference counts.
 */
import { RATE_RULES, type RateRules } from "../apps/server/src/access/limits/rules.ts";
import {
  type Access,
  bootstrap,
  createIngestGate,
  createIngestKeyVerifier,
  createRateLimiter,
  createSenderAuthenticator,
  openQuotas,
  tenantPrincipalOf,
  UNLIMITED,
} from "../apps/server/src/access/index.ts";
import { openMemoryStore } from "../apps/server/src/engines/shared/index.ts";
import { createHttpApp } from "../apps/server/src/http/app.ts";
import {
  addPerson,
  cookieOf,
  type Engines,
  markSetUp,
  openEngines,
  openInstance,
} from "../apps/server/src/http/testRig.ts";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { openTestControlStore } from "../test/harness/controlStore.ts";
import { DIST_DIR, ensureBuilt } from "../test/pages/fixtureServer.ts";
import { median, progress, quantile, report, type Figure } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { withScratch } from "./lib/scratch.ts";
import { type BenchServer, startServer, untilStored } from "./lib/server.ts";
import { SPANS_PER_REQUEST } from "./lib/traffic.ts";

const { isQuick } = benchOptions();
const CALLS = isQuick ? 1_000 : 10_000;
const WARM_UP_CALLS = 300;
/** Calls whose p95 is compared: what else the machine does differs from block to block, and cancels out within one. */
const BLOCK_CALLS = 100;
const INGEST_ROUNDS = isQuick ? 4 : 15;
const INGEST_MS = isQuick ? 4_000 : 20_000;
const CHECKS = 50_000;
const CONNECTIONS = 8;

const PROJECTS = "select id, name from projects";
const COUNT = "SELECT count() AS n FROM spans";
const QUERY = { name: "bench" };

report({ name: "access", figures: [...(await measureCalls()), ...(await measureIngest())] });

async function measureCalls(): Promise<Figure[]> {
  await ensureBuilt();
  const { store, dispose } = await openTestControlStore();
  const engines = await openEngines(store);
  const instance = await openInstance(engines, { distDir: DIST_DIR });
  await markSetUp(store);
  const { userId } = await addPerson(store, engines.firstTenantId, "VIEWER");
  const cookie = await cookieOf(instance.access, userId);
  const guarded = await guardedApp(engines, instance.access);
  const bare = await bareApp(engines);
  const sides = [bare, guarded] as const;
  const nothing = await timesOf(sides, "/nothing", cookie);
  const read = await timesOf(sides, "/read", cookie);
  for (const app of sides) await app.close();
  await instance.close();
  await engines.close();
  await dispose();
  return [
    costOf("Access per API call, stores bound to the tenant, p95 − p95", read, { floor: 1 }),
    costOf("Of it session, permission and rate limits", nothing),
  ];
}

interface Sides {
  readonly bareMs: readonly number[];
  readonly guardedMs: readonly number[];
}

function costOf(
  title: string,
  { bareMs, guardedMs }: Sides,
  bounds: { readonly floor?: number } = {},
): Figure {
  const told = (share: number): string =>
    `${quantile(guardedMs, share).toFixed(2)} ms with, ${quantile(bareMs, share).toFixed(2)} ms without`;
  return {
    title,
    value: median(
      Array.from({ length: Math.floor(guardedMs.length / BLOCK_CALLS) }, (_, block) => {
        const [from, to] = [block * BLOCK_CALLS, (block + 1) * BLOCK_CALLS];
        return quantile(guardedMs.slice(from, to), 0.95) - quantile(bareMs.slice(from, to), 0.95);
      }),
    ),
    unit: "ms",
    ...(bounds.floor === undefined ? {} : { better: "lower", floor: bounds.floor }),
    note: `p50 ${told(0.5)}; p95 ${told(0.95)}; ${guardedMs.length} calls each, median of the differences by ${BLOCK_CALLS}`,
  };
}

/** In turn, so that whatever else the machine does meets both alike. */
async function timesOf(
  [bare, guarded]: readonly [FastifyInstance, FastifyInstance],
  url: string,
  cookie: string,
): Promise<Sides> {
  const ask = async (app: FastifyInstance): Promise<number> => {
    const startedAtMs = performance.now();
    const { statusCode, body } = await app.inject({ url, headers: { host: "localhost", cookie } });
    const tookMs = performance.now() - startedAtMs;
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${body}`);
    return tookMs;
  };
  const bareMs: number[] = [];
  const guardedMs: number[] = [];
  for (let call = -WARM_UP_CALLS; call < CALLS; call++) {
    const isBareFirst = call % 2 === 0;
    const early = await ask(isBareFirst ? bare : guarded);
    const late = await ask(isBareFirst ? guarded : bare);
    if (call < 0) continue;
    bareMs.push(isBareFirst ? early : late);
    guardedMs.push(isBareFirst ? late : early);
  }
  return { bareMs, guardedMs };
}

async function guardedApp({ control, telemetry }: Engines, access: Access): Promise<FastifyInstance> {
  // The rules as they are, with room for a benchmark.
  const rules = Object.fromEntries(
    Object.entries(RATE_RULES).map(([name, of]) => [
      name,
      of.map((rule) => ({ ...rule, limit: rule.limit * 1e6, burst: rule.burst * 1e6 })),
    ]),
  ) as unknown as RateRules;
  const app = await createHttpApp(pino({ level: "silent" }), {
    access,
    limiter: createRateLimiter(openMemoryStore(), { rules }),
  });
  const config = { permission: "telemetry:read" } as const;
  app.get("/nothing", { config }, async () => ({ ok: true }));
  app.get("/read", { config }, async (request) => {
    const { tenantId } = tenantPrincipalOf(request);
    const projects = await control.readAsTenant(tenantId, (tx) => tx.query(PROJECTS));
    const rows = await telemetry.scoped({ tenantId, projectId: "default" }).query(COUNT, {}, QUERY);
    return { projects, rows };
  });
  return app;
}

async function bareApp({ control, telemetry, firstTenantId: tenantId }: Engines): Promise<FastifyInstance> {
  const app = await createHttpApp(pino({ level: "silent" }));
  const config = { permission: "public" } as const;
  app.get("/nothing", { config }, async () => ({ ok: true }));
  app.get("/read", { config }, async () => {
    const projects = await control.query(`${PROJECTS} where tenant_id = $1`, [tenantId]);
    const where = "WHERE tenant_id = {tenant:String} AND project_id = {project:String}";
    const params = { tenant: tenantId, project: "default" };
    return { projects, rows: await telemetry.internal.query(`${COUNT} ${where}`, params, QUERY) };
  });
  return app;
}

interface Round {
  readonly spansPerSecond: number;
  readonly cpuUsPerSpan: number;
}

async function measureIngest(): Promise<Figure[]> {
  return await withScratch(async (openDir) =>
    withScratch(async (keyedDir) => {
      const open = await startServer({ dataDir: openDir });
      const keyed = await startServer({ dataDir: keyedDir, isKeyed: true });
      const openRounds: Round[] = [];
      const keyedRounds: Round[] = [];
      for (const server of [open, keyed]) await ingestRound(server);
      for (let round = 0; round < INGEST_ROUNDS; round++) {
        if (round % 2 === 0) openRounds.push(await ingestRound(open));
        keyedRounds.push(await ingestRound(keyed));
        if (round % 2 === 1) openRounds.push(await ingestRound(open));
        progress(`round ${round + 1} of ${INGEST_ROUNDS}`);
      }
      await open.stop();
      await keyed.stop();
      const requestUs = median(openRounds.map(({ cpuUsPerSpan }) => cpuUsPerSpan)) * SPANS_PER_REQUEST;
      return [
        await checksFigure(requestUs),
        shareOf("CPU per span that keys, rates and quotas add", openRounds, keyedRounds, "cpuUsPerSpan", 1),
        shareOf("Throughput that they take", openRounds, keyedRounds, "spansPerSecond", -1),
      ];
    }),
  );
}

/** All that access does to a request, by itself: a share that needs no quiet machine to be seen. */
async function checksFigure(requestUs: number): Promise<Figure> {
  const { store, dispose } = await openTestControlStore();
  const { tenantId, firstIngestKey } = await bootstrap(store);
  const verifier = createIngestKeyVerifier(store);
  const log = { warn() {} };
  const quotas = await openQuotas({ control: store, defaults: { ...UNLIMITED, spans: 1e15 }, log });
  const limitSender = createIngestGate(createRateLimiter(openMemoryStore()));
  const authenticate = createSenderAuthenticator({ verifier, defaultTenantId: tenantId });
  const request = {
    headers: { authorization: `Bearer ${firstIngestKey ?? ""}` },
    remoteAddress: "203.0.113.9",
  };
  const check = async (): Promise<void> => {
    const sender = await authenticate(request);
    if ("refusal" in sender) throw new Error(sender.refusal.message);
    limitSender(sender, request.remoteAddress);
    // Before the body is read, before it is decoded, and for the decoder.
    const nowMs = Date.now();
    for (let turn = 0; turn < 3; turn++) quotas.isExceeded(sender, "spans", nowMs);
    quotas.count(sender, "spans", SPANS_PER_REQUEST, nowMs);
  };
  for (let turn = 0; turn < CHECKS; turn++) await check();
  const before = process.cpuUsage();
  for (let turn = 0; turn < CHECKS; turn++) await check();
  // The statements that write usage down within this time are in it.
  const { user, system } = process.cpuUsage(before);
  const checkUs = (user + system) / CHECKS;
  await quotas.close();
  await verifier.close();
  await dispose();
  return {
    title: "Key check, rates and quota of one request, share of its CPU",
    value: (checkUs / requestUs) * 100,
    unit: "%",
    better: "lower",
    floor: 2,
    note: `${checkUs.toFixed(1)} µs of the ${Math.round(requestUs)} µs that a request of ${SPANS_PER_REQUEST} spans takes`,
  };
}

async function ingestRound(server: BenchServer): Promise<Round> {
  const before = await server.usage();
  const startedAtMs = performance.now();
  const sent = await generate({
    port: server.port,
    durationMs: INGEST_MS,
    connections: CONNECTIONS,
    spansPerSecond: null,
    ...(server.key === null ? {} : { key: server.key }),
  });
  await untilStored(server);
  const elapsedMs = performance.now() - startedAtMs;
  const after = await server.usage();
  const spans = sent.acknowledgedSpans;
  return { spansPerSecond: (spans / elapsedMs) * 1000, cpuUsPerSpan: (after.cpuUs - before.cpuUs) / spans };
}

/** Median over the rounds of the ratio of two neighbours: what the machine does slowly over time cancels out. */
function shareOf(
  title: string,
  open: readonly Round[],
  keyed: readonly Round[],
  of: keyof Round,
  sign: 1 | -1,
): Figure {
  const shares = open.map(
    (round, index) => sign * ((keyed[index]?.[of] ?? Number.NaN) / round[of] - 1) * 100,
  );
  const unit = of === "cpuUsPerSpan" ? "µs a span" : "spans/s";
  const mid = (rounds: readonly Round[]): string => median(rounds.map((round) => round[of])).toPrecision(4);
  return {
    title,
    value: median(shares),
    unit: "%",
    better: "lower",
    floor: 2,
    note: `${mid(open)} ${unit} asking nobody, ${mid(keyed)} with; by round ${shares.map((share) => share.toFixed(1)).join(", ")} %`,
  };
}
