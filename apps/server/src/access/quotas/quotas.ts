/**
 * Daily quotas of tenants. Ingest asks and counts in memory. About once a second what was taken is added to the control
 * store in one statement, whose answer is the sum of all instances; a tenant without a quota is written every ten seconds.
 *
 * So a quota is exceeded by no more than what is taken of it at once within about a second, by each instance, and a crash
 * forgets no more than that. While the control store is away counting goes on here and is added later.
 */
import type { UsageMeter } from "@throughline/contract";
import type { ControlStore } from "../../engines/control/store.ts";
import type { IngestQuotas, QuotaKind } from "../../ingest/index.ts";
import { QUOTA_KINDS, type Counts, type DailyMaxima, UNLIMITED } from "./quotaKinds.ts";
import { dayOf, UsageCounters, type UsageRow } from "./usageCounters.ts";

/** The key id under which the product sends its own telemetry: it must not use up anybody's quota. */
export const OWN_KEY_ID = "self";

const EVERY_MS = 1_000;
/** Of tenants without a quota only the meter is at stake. */
const EVERY_MS_WITHOUT_QUOTA = 10_000;
/** A changed quota holds within five seconds on every instance. */
const LIMITS_AGE_MS_MAX = 4_000;
export const WARN_RATIO = 0.8;

export interface QuotasOptions {
  readonly control: ControlStore;
  /** What holds for tenants without a quota of their own. */
  readonly defaults?: DailyMaxima;
  readonly log: { warn(details: object, message: string): void };
  readonly wallClockMs?: () => number;
}

export interface TenantUsage {
  readonly tenantId: string;
  readonly name: string;
  readonly meters: readonly UsageMeter[];
}

export interface Quotas extends IngestQuotas {
  /** Of one tenant; what other instances took is in it after ten seconds, or at once after flush(). */
  meters(tenantId: string): UsageMeter[];
  /** All tenants, by name. */
  all(): readonly TenantUsage[];
  /** When the running day's quotas end. */
  resetsAtMs(): number;
  /** Writes down what was taken; happens by itself about every second. @throws {ControlError} */
  flush(): Promise<void>;
  /** Makes this instance see a quota that was just changed. @throws {ControlError} */
  reload(): Promise<void>;
  close(): Promise<void>;
}

interface Limits {
  readonly name: string;
  readonly own: Partial<Record<QuotaKind, number | null>>;
}

/** Reads quotas and today's counts, then counts. @throws {ControlError} */
export async function openQuotas(options: QuotasOptions): Promise<Quotas> {
  const { control, defaults = UNLIMITED, log, wallClockMs = Date.now } = options;
  const counters = new UsageCounters();
  let limits: ReadonlyMap<string, Limits> = new Map();
  let limitsAtMs = 0;
  let unlimitedAtMs = 0;
  let isAsked = false;
  let isSilent = false;
  let work: Promise<void> = Promise.resolve();

  const maxOf = (tenantId: string, kind: QuotaKind): number | null => {
    const own = limits.get(tenantId)?.own[kind];
    return own === undefined ? defaults[kind] : own;
  };
  const hasQuota = (tenantId: string): boolean => QUOTA_KINDS.some((kind) => maxOf(tenantId, kind) !== null);

  async function readLimits(): Promise<void> {
    const startedAtMs = performance.now();
    const rows = await control.query<LimitRow>(LIMITS);
    limits = new Map(rows.map(({ id, name, own }) => [id, { name, own }]));
    limitsAtMs = startedAtMs;
  }

  async function write(isDue: (tenantId: string) => boolean): Promise<void> {
    const rows = counters.drain(isDue);
    if (rows.length === 0) return;
    try {
      counters.settle(rows, await addUsage(control, rows));
    } catch (error) {
      counters.takeBack(rows);
      throw error;
    }
  }

  /** Also what other instances took of tenants that send nothing here. */
  async function writeAndLearn(): Promise<void> {
    await write(() => true);
    counters.learn(await readToday(control, dayOf(wallClockMs())), wallClockMs());
  }

  /** One after the other: what is being written counts once. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = work.then(step);
    work = done.catch(() => undefined);
    return done;
  }

  async function tick(): Promise<void> {
    if (!isAsked) return;
    isAsked = false;
    const nowMs = performance.now();
    try {
      if (nowMs - limitsAtMs >= LIMITS_AGE_MS_MAX) await readLimits();
      const isRoundForAll = nowMs - unlimitedAtMs >= EVERY_MS_WITHOUT_QUOTA;
      if (isRoundForAll) unlimitedAtMs = nowMs;
      else isAsked = true;
      await (isRoundForAll ? writeAndLearn() : write(hasQuota));
      isSilent = false;
    } catch (err) {
      isAsked = true;
      if (!isSilent)
        log.warn({ err }, "Daily usage can't be written down now; it is counted on and added later.");
      isSilent = true;
    }
  }

  await readLimits();
  counters.learn(await readToday(control, dayOf(wallClockMs())), wallClockMs());
  const timer = setInterval(() => void inTurn(tick), EVERY_MS);
  timer.unref();

  function meters(tenantId: string): UsageMeter[] {
    isAsked = true;
    const nowMs = wallClockMs();
    return QUOTA_KINDS.map((kind) => {
      const used = counters.used(tenantId, kind, nowMs);
      const dailyMax = maxOf(tenantId, kind);
      const isDefault = limits.get(tenantId)?.own[kind] === undefined;
      return { kind, used, dailyMax, isDefault, state: stateOf(used, dailyMax) };
    });
  }

  return {
    isExceeded(sender, kind, nowMs) {
      if (sender.keyId === OWN_KEY_ID) return false;
      // Also who is refused asks: a quota that was raised elsewhere has to be noticed.
      isAsked = true;
      const max = maxOf(sender.tenantId, kind);
      return max !== null && counters.used(sender.tenantId, kind, nowMs) >= max;
    },
    count(sender, kind, items, nowMs) {
      if (sender.keyId === OWN_KEY_ID) return;
      isAsked = true;
      counters.add(sender.tenantId, kind, items, nowMs);
    },
    meters,
    all: () => [...limits].map(([tenantId, { name }]) => ({ tenantId, name, meters: meters(tenantId) })),
    resetsAtMs: () => dayOf(wallClockMs()) + 86_400_000,
    flush: () => inTurn(writeAndLearn),
    reload: () => inTurn(readLimits),
    async close() {
      clearInterval(timer);
      await inTurn(() => write(() => true));
    },
  };
}

function stateOf(used: number, dailyMax: number | null): UsageMeter["state"] {
  if (dailyMax === null || used < WARN_RATIO * dailyMax) return "ok";
  return used < dailyMax ? "warn" : "exceeded";
}

interface LimitRow {
  readonly id: string;
  readonly name: string;
  readonly own: Partial<Record<QuotaKind, number | null>>;
}

const LIMITS = `
  select t.id, t.name, coalesce((
    select json_object_agg(q.kind, q.daily_max) from quotas q where q.tenant_id = t.id
  ), '{}') as own
  from tenants t order by t.name, t.id`;

interface DayRow extends Counts {
  readonly tenant_id: string;
  readonly day_ms: number;
}

const COLUMNS = `tenant_id, extract(epoch from day)::float8 * 1000 as day_ms, spans::float8 as spans, logs::float8 as logs,
  points::float8 as points, events::float8 as events`;

/** In the order of their ids, so that two instances never wait for each other; those of deleted tenants are left out. */
const ADD = `
  insert into usage_days as known (tenant_id, day, spans, logs, points, events)
  select taken.tenant_id, to_timestamp(taken.day_ms / 1000.0) at time zone 'UTC', taken.spans, taken.logs, taken.points, taken.events
  from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    as taken (tenant_id, day_ms, spans, logs, points, events)
  join tenants on tenants.id = taken.tenant_id
  order by taken.tenant_id, taken.day_ms
  on conflict (tenant_id, day) do update set
    spans = known.spans + excluded.spans, logs = known.logs + excluded.logs,
    points = known.points + excluded.points, events = known.events + excluded.events
  returning ${COLUMNS}`;

async function addUsage(control: ControlStore, rows: readonly UsageRow[]): Promise<UsageRow[]> {
  const sums = await control.query<DayRow>(ADD, [
    rows.map(({ tenantId }) => tenantId),
    rows.map(({ dayMs }) => dayMs),
    ...QUOTA_KINDS.map((kind) => rows.map(({ counts }) => counts[kind])),
  ]);
  return sums.map(usageRow);
}

async function readToday(control: ControlStore, dayMs: number): Promise<UsageRow[]> {
  const rows = await control.query<DayRow>(
    `select ${COLUMNS} from usage_days where day = (to_timestamp($1::bigint / 1000.0) at time zone 'UTC')::date`,
    [dayMs],
  );
  return rows.map(usageRow);
}

/** The tenant's days with data since then, oldest first. */
export async function readUsageDays(
  control: ControlStore,
  tenantId: string,
  sinceMs: number,
): Promise<readonly UsageRow[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<DayRow>(
      `select ${COLUMNS} from usage_days
       where day >= (to_timestamp($1::bigint / 1000.0) at time zone 'UTC')::date order by day`,
      [sinceMs],
    ),
  );
  return rows.map(usageRow);
}

function usageRow({ tenant_id: tenantId, day_ms: dayMs, spans, logs, points, events }: DayRow): UsageRow {
  return { tenantId, dayMs, counts: { spans, logs, points, events } };
}
