/**
 * What access costs. (a) An API call: the same small read through an app as the product makes it (session, permission,
 * rate limits, the project looked up for who asks, the store bound to the tenant) and through one with none of it, whose
 * statement names the tenant by hand. (b) Ingest: with a key, rates and a counted daily quota, beside a server that asks
 * nobody. Both sides in turn within one run: only their difference counts.
 *
 * "p95 added" is p95 of all calls with, less p95 of all calls without. Its interval comes from drawing blocks of neighbouring
 * pairs anew (lib/quantileShift.ts), so that what the machine does for a while counts once. A p95 for each block instead,
 * and the median of their differences, takes the fifth largest of a hundred calls as that block's p95: on a shared
 * machine that measures its bursts. A p95 of the pairs' own differences would count the noise of both sides as cost.
 */
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
import type { ControlStore } from "../apps/server/src/engines/control/index.ts";
import { openMemoryStore } from "../apps/server/src/engines/shared/index.ts";
import { createHttpApp } from "../apps/server/src/http/app.ts";
import {
  addPerson,
  cookieOf,
  type Engines,
  markSetUp,
  openEngines,
  openInstance,
  wideRules,
} from "../apps/server/src/http/testRig.ts";
import { createReadContexts } from "../apps/server/src/http/readContext.ts";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { openTestControlStore } from "../test/harness/controlStore.ts";
import { DIST_DIR, ensureBuilt } from "../test/pages/fixtureServer.ts";
import { median, progress, quantile, report, type Figure } from "./lib/figures.ts";
import { generate } from "./lib/generator.ts";
import { benchOptions } from "./lib/options.ts";
import { quantileShift } from "./lib/quantileShift.ts";
import { withScratch } from "./lib/scratch.ts";
import { type BenchServer, startServer, untilStored } from "./lib/server.ts";
import { SPANS_PER_REQUEST } from "./lib/traffic.ts";

const { isQuick } = benchOptions();
const CALLS = isQuick ? 2_000 : 10_000;
const WARM_UP_CALLS = 500;
/** Odd, so that there is one in the middle. */
const INGEST_ROUNDS = isQuick ? 5 : 15;
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
  const ask = async (url: string) => await timesOf(sides, url, cookie, store);
  const nothing = await ask("/nothing");
  const telemetry = await ask("/telemetry");
  const control = await ask("/control");
  for (const app of sides) await app.close();
  await instance.close();
  await engines.close();
  await dispose();
  return [
    addedTo("p95 added to an API call that reads telemetry", telemetry, { floor: 1 }),
    addedTo("p95 added to an API call that reads control data", control, { floor: 1 }),
    addedTo("p95 added by session, permission and rate limits alone", nothing),
  ];
}

interface Sides {
  readonly bareMs: readonly number[];
  readonly guardedMs: readonly number[];
}

function addedTo(
  title: string,
  { bareMs, guardedMs }: Sides,
  bounds: { readonly floor?: number } = {},
): Figure {
  const p95 = quantileShift(bareMs, guardedMs, 0.95);
  const p50 = quantileShift(bareMs, guardedMs, 0.5);
  const told = (share: number): string =>
    `${quantile(guardedMs, share).toFixed(2)} ms with, ${quantile(bareMs, share).toFixed(2)} ms without`;
  return {
    title,
    value: p95.shift,
    unit: "ms",
    ...(bounds.floor === undefined ? {} : { better: "lower", floor: bounds.floor }),
    note:
      `95 % interval ${p95.low.toFixed(2)} … ${p95.high.toFixed(2)} ms; p95 ${told(0.95)}; p50 ${told(0.5)}, ` +
      `so ${p50.shift.toFixed(2)} ms (${p50.low.toFixed(2)} … ${p50.high.toFixed(2)}); ${guardedMs.length} pairs`,
  };
}

/** In turn, so that whatever else the machine does meets both alike. */
async function timesOf(
  [bare, guarded]: readonly [FastifyInstance, FastifyInstance],
  url: string,
  cookie: string,
  store: ControlStore,
): Promise<Sides> {
  const ask = async (app: FastifyInstance): Promise<number> => {
    const startedAtMs = performance.now();
    const { statusCode, body } = await app.inject({ url, headers: { host: "localhost", cookie } });
    const tookMs = performance.now() - startedAtMs;
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${body}`);
    // The commit of a read as a tenant runs behind its answer: the next call must not be the one that pays for it.
    await store.query("select 1");
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
  const app = await createHttpApp(pino({ level: "silent" }), {
    access,
    limiter: createRateLimiter(openMemoryStore(), { rules: wideRules() }),
  });
  const contexts = createReadContexts({ control, telemetry, lists: access.projectLists });
  const config = { permission: "telemetry:read" } as const;
  app.get("/nothing", { config }, async () => ({ ok: true }));
  app.get("/telemetry", { config }, async (request) => {
    const { reader } = await contexts.bound(tenantPrincipalOf(request), "default");
    return await reader.query(COUNT, {}, QUERY);
  });
  app.get("/control", { config }, async (request) => {
    const { tenantId } = tenantPrincipalOf(request);
    return await control.readAsTenant(tenantId, (tx) => tx.query(PROJECTS));
  });
  return app;
}

/** The same reads with the tenant written into them: nobody is asked for, and nothing is bound. */
async function bareApp({ control, telemetry, firstTenantId: tenantId }: Engines): Promise<FastifyInstance> {
  const app = await createHttpApp(pino({ level: "silent" }));
  const config = { permission: "public" } as const;
  app.get("/nothing", { config }, async () => ({ ok: true }));
  app.get("/telemetry", { config }, async () => {
    const where = "WHERE tenant_id = {tenant:String} AND project_id = {project:String}";
    return await telemetry.internal.query(
      `${COUNT} ${where}`,
      { tenant: tenantId, project: "default" },
      QUERY,
    );
  });
  app.get("/control", { config }, async () => {
    return await control.query(`${PROJECTS} where tenant_id = $1`, [tenantId]);
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

/**
 * Median over the rounds of the ratio of two neighbours: what the machine does slowly over time cancels out. Rounds differ by
 * several per cent for themselves, so look at the interval: one wider than the floor says that the machine was not quiet,
 * and only the checks' own share of the CPU was measured.
 */
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
  const sorted = shares.toSorted((a, b) => a - b);
  // Of the median, by the sign test: how many of n fair coins fall on one side.
  const outside = Math.max(0, Math.floor(shares.length / 2 - 0.98 * Math.sqrt(shares.length)));
  const interval = `${sorted[outside]?.toFixed(1)} … ${sorted.at(-1 - outside)?.toFixed(1)} %`;
  const unit = of === "cpuUsPerSpan" ? "µs a span" : "spans/s";
  const mid = (rounds: readonly Round[]): string => median(rounds.map((round) => round[of])).toPrecision(4);
  return {
    title,
    value: median(shares),
    unit: "%",
    better: "lower",
    floor: 2,
    note: `95 % interval ${interval}; ${mid(open)} ${unit} asking nobody, ${mid(keyed)} with; ${shares.length} rounds`,
  };
}
