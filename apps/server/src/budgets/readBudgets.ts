/** Budgets, their history and their events, as everybody who may see the project's telemetry reads them. */
import {
  pageMatches,
  type Budget,
  type BudgetEvent,
  type BudgetHistoryEntry,
  type BudgetList,
} from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../engines/control/index.ts";
import { deviceOf, selectBudgets, type BudgetRecord } from "./budgetRows.ts";

const HISTORY_MAX = 100;
const PEOPLE_MAX = 1000;
/** Looked through for a page's own; older ones are on the next page. */
const EVENTS_READ = 500;

/** @param withPeople who may be an owner: for those who may choose one */
export async function readBudgets(
  control: ControlStore,
  tenantId: string,
  projectId: string,
  { withPeople }: { readonly withPeople: boolean },
): Promise<Omit<BudgetList, "project">> {
  return await control.readAsTenant(tenantId, async (tx) => ({
    budgets: (await selectBudgets(tx, projectId)).map(budgetOf),
    people: withPeople
      ? await tx.query<{ id: string; name: string }>(
          `select id, name from people order by name, id limit ${PEOPLE_MAX}`,
        )
      : [],
    history: await readHistory(tx, projectId),
  }));
}

function budgetOf(row: BudgetRecord): Budget {
  const { id, page, metric, target, note, ownerId, ownerName } = row;
  return {
    id,
    page,
    device: deviceOf(row.device),
    metric,
    target,
    ownerId,
    note,
    owner: ownerId === null ? null : { id: ownerId, name: ownerName ?? "somebody who left" },
    createdAtMs: row.createdAt.getTime(),
    changedAtMs: row.changedAt.getTime(),
  };
}

interface HistoryRow extends Omit<BudgetHistoryEntry, "atMs" | "by" | "device"> {
  readonly at: Date;
  readonly device: string;
  readonly actorKind: string;
  readonly actorName: string | null;
}

async function readHistory(tx: SqlExecutor, projectId: string): Promise<BudgetHistoryEntry[]> {
  const rows = await tx.query<HistoryRow>(
    `select c.id, c.budget_id as "budgetId", c.at, c.action, c.page, c.device, c.metric, c.actor_kind as "actorKind",
            coalesce(a.name, k.name) as "actorName", c.target_before as "targetBefore", c.target_after as "targetAfter",
            coalesce(ob.name, c.owner_before) as "ownerBefore", coalesce(oa.name, c.owner_after) as "ownerAfter"
     from budget_changes c
     left join people a on c.actor_kind = 'person' and a.id = c.actor_id
     left join api_keys k on c.actor_kind = 'api-key' and k.id::text = c.actor_id
     left join people ob on ob.id = c.owner_before
     left join people oa on oa.id = c.owner_after
     where c.project_id = $1 order by c.id desc limit ${HISTORY_MAX}`,
    [projectId],
  );
  return rows.map(({ at, device, actorKind, actorName, ...row }) => ({
    ...row,
    device: deviceOf(device),
    atMs: at.getTime(),
    by:
      actorKind === "api-key" ? `API key ${actorName ?? "that is gone"}` : (actorName ?? "somebody who left"),
  }));
}

interface EventRow extends Omit<BudgetEvent, "atMs" | "device" | "windowFromMs" | "windowToMs"> {
  readonly at: Date;
  readonly device: string;
  readonly windowFrom: Date;
  readonly windowTo: Date;
}

export interface EventsQuestion {
  /** A page, or a pattern with `*`; empty: of the whole site; undefined: all. */
  readonly page?: string | undefined;
  readonly limit: number;
  /** The last id of the page before. */
  readonly cursor?: string | undefined;
}

/** Newest first. */
export async function readBudgetEvents(
  control: ControlStore,
  tenantId: string,
  projectId: string,
  { page, limit, cursor }: EventsQuestion,
): Promise<{ readonly events: BudgetEvent[]; readonly nextCursor: string | null }> {
  const isPattern = page?.includes("*") === true;
  const readMax = isPattern ? EVENTS_READ : limit;
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<EventRow>(
      `select id, at, kind, page, device, metric, target, budget_id as "budgetId", p75, low, high, n::float8 as n,
              over_count::float8 as "overCount", window_from as "windowFrom", window_to as "windowTo"
       from budget_events
       where project_id = $1 and ($2::uuid is null or id < $2) and ($3::text is null or page = $3)
       order by id desc limit ${readMax + 1}`,
      [projectId, cursor ?? null, isPattern ? null : (page ?? null)],
    ),
  );
  const read = rows.slice(0, readMax);
  const matching = read.filter((row) => !isPattern || pageMatches(page, row.page));
  const shown = matching.slice(0, limit);
  const isMore = matching.length > limit || rows.length > readMax;
  const last = matching.length > limit ? shown.at(-1) : read.at(-1);
  return { events: shown.map(eventOf), nextCursor: isMore ? (last?.id ?? null) : null };
}

function eventOf({ at, device, windowFrom, windowTo, ...row }: EventRow): BudgetEvent {
  return {
    ...row,
    device: deviceOf(device),
    atMs: at.getTime(),
    windowFromMs: windowFrom.getTime(),
    windowToMs: windowTo.getTime(),
  };
}
