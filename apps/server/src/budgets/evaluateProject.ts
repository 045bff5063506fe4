/**
 * One evaluation of a project: the last 24 hours of every page against its target, and each transition written down once,
 * however many instances see it.
 */
import { randomUUIDv7 } from "node:crypto";
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope, ScopedReader } from "../engines/telemetry/index.ts";
import {
  addCounts,
  type BudgetHistogram,
  budgetWindow,
  type BudgetWindow,
  countOver,
  NO_COUNTS,
  p75,
  p75Interval,
  readBudgetCounts,
  readBudgetHistograms,
  rounded,
  stepsOfBuckets,
} from "../insight/index.ts";
import { VIEWS_MIN } from "../insight/statistics/index.ts";
import { selectTargets } from "./budgetRows.ts";
import {
  isNamed,
  judgedOf,
  keyOf,
  transitionOf,
  type BudgetKey,
  type BudgetStateRow,
  type Judged,
  type Transition,
} from "./evaluate.ts";
import type { TargetBudget } from "./targets.ts";

const WINDOW_MS = 86_400_000;
/** Bound as one parameter of a statement. */
const PAGES_AT_ONCE = 200;

export interface EvaluatedProject {
  readonly scope: Scope;
  readonly control: ControlStore;
  readonly reader: ScopedReader;
  /** Of this process; evaluations are ordered by the control store's clock. */
  readonly nowMs: number;
  /** Nothing is done when the project was evaluated less long ago, by whichever instance. */
  readonly everyMs: number;
}

/** @returns number of events written; null when it was another's turn */
export async function evaluateProject(of: EvaluatedProject): Promise<number | null> {
  const at = await claim(of);
  if (at === null) return null;
  const { control, reader, scope, nowMs } = of;
  const window = budgetWindow(nowMs, WINDOW_MS);
  const [budgets, states, rows] = await Promise.all([
    selectTargets(control, scope.tenantId, scope.projectId),
    selectStates(of),
    readBudgetCounts(reader, window),
  ]);
  await forgetUnnamed(of, states, budgets);
  const known = new Map(states.map((state) => [keyOf(state), state]));
  const judged = await counted(reader, window, judgedOf(rows, budgets));
  const transitions = judged.flatMap((each) => {
    const transition = transitionOf(each, known.get(keyOf(each)));
    return transition === null ? [] : [transition];
  });
  const evidence = await histogramsOf(
    reader,
    window,
    transitions.filter(({ kind }) => kind !== null),
  );
  let written = 0;
  for (const transition of transitions) {
    const isWritten = await write(of, at, window, transition, evidence.get(keyOf(transition)));
    if (isWritten) written += 1;
  }
  return written;
}

/** Of several instances one moves the time on. */
async function claim({ control, scope, everyMs }: EvaluatedProject): Promise<Date | null> {
  const [row] = await control.query<{ at: Date }>(
    `insert into budget_evaluations (tenant_id, project_id, evaluated_at)
     select tenant_id, id, clock_timestamp() from projects where tenant_id = $1 and id = $2
     on conflict (tenant_id, project_id) do update set evaluated_at = excluded.evaluated_at
       where budget_evaluations.evaluated_at <= excluded.evaluated_at - make_interval(secs => $3::float8)
     returning evaluated_at as at`,
    [scope.tenantId, scope.projectId, everyMs / 1000],
  );
  return row?.at ?? null;
}

async function selectStates({ control, scope }: EvaluatedProject): Promise<BudgetStateRow[]> {
  return await control.query<BudgetStateRow>(
    `select page, device, metric, is_over as "isOver", target from budget_states
     where tenant_id = $1 and project_id = $2`,
    [scope.tenantId, scope.projectId],
  );
}

/** A device is judged while a budget names it. */
async function forgetUnnamed(
  { control, scope }: EvaluatedProject,
  states: readonly BudgetStateRow[],
  budgets: readonly TargetBudget[],
): Promise<void> {
  for (const state of states) {
    if (state.device === "" || isNamed(budgets, state)) continue;
    await control.query(
      `delete from budget_states where tenant_id = $1 and project_id = $2 and page = $3 and device = $4 and metric = $5`,
      [scope.tenantId, scope.projectId, state.page, state.device, state.metric],
    );
  }
}

type Counted = Judged & { readonly overCount: number };

/** Targets of one's own are counted in the histogram, of what has enough page views to be judged. */
async function counted(
  reader: ScopedReader,
  window: BudgetWindow,
  judged: readonly Judged[],
): Promise<Counted[]> {
  const enough = judged.filter(({ n }) => n >= VIEWS_MIN);
  const histograms = await histogramsOf(
    reader,
    window,
    enough.filter(({ overCount }) => overCount === null),
  );
  return enough.flatMap((each): Counted[] => {
    if (each.overCount !== null) return [{ ...each, overCount: each.overCount }];
    const histogram = histograms.get(keyOf(each));
    if (histogram === undefined) return [];
    const n = histogram.count;
    const over = countOver(stepsOfBuckets(each.metric, histogram), each.target);
    return [{ ...each, n, overCount: Math.min(n, Math.round(over)) }];
  });
}

/** By key; a device's own where the key names one, otherwise of all devices. */
async function histogramsOf(
  reader: ScopedReader,
  window: BudgetWindow,
  keys: readonly BudgetKey[],
): Promise<Map<string, BudgetHistogram>> {
  const found = new Map<string, BudgetHistogram>();
  const pages = [...new Set(keys.map(({ page }) => page))];
  const metrics = [...new Set(keys.map(({ metric }) => metric))];
  for (let from = 0; from < pages.length; from += PAGES_AT_ONCE) {
    const some = pages.slice(from, from + PAGES_AT_ONCE);
    for (const row of await readBudgetHistograms(reader, window, some, metrics)) {
      for (const device of new Set([row.device, ""])) {
        const key = { page: row.page, device, metric: row.metric };
        const sum = addCounts(found.get(keyOf(key)) ?? NO_COUNTS, row);
        found.set(keyOf(key), { ...key, ...sum });
      }
    }
  }
  return found;
}

/** @returns whether an event was written; an evaluation that is newer, or another instance, may have been first */
async function write(
  { control, scope }: EvaluatedProject,
  at: Date,
  window: BudgetWindow,
  { page, device, metric, target, budgetId, n, overCount, isOver, kind }: Transition,
  evidence: BudgetHistogram | undefined,
): Promise<boolean> {
  const steps = evidence === undefined ? [] : stepsOfBuckets(metric, evidence);
  const value = p75(steps);
  const interval = p75Interval(steps);
  return await control.transaction(async (tx) => {
    const key = [scope.tenantId, scope.projectId, page, device, metric];
    const changed = await tx.query(
      `insert into budget_states (tenant_id, project_id, page, device, metric, is_over, target, since)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (tenant_id, project_id, page, device, metric)
         do update set is_over = excluded.is_over, target = excluded.target, since = excluded.since
         where budget_states.is_over <> excluded.is_over and budget_states.since < excluded.since
       returning page`,
      [...key, isOver, target, at],
    );
    if (changed.length === 0 || kind === null || value === null || interval === null) return false;
    await tx.query(
      `insert into budget_events (id, tenant_id, project_id, at, kind, page, device, metric, target, budget_id, p75, low,
         high, n, over_count, window_from, window_to)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      [
        randomUUIDv7(),
        scope.tenantId,
        scope.projectId,
        at,
        kind,
        page,
        device,
        metric,
        target,
        budgetId,
        rounded(metric, value),
        rounded(metric, interval.low),
        rounded(metric, interval.high),
        n,
        overCount,
        new Date(window.fromMs),
        new Date(window.toMs),
      ],
    );
    return true;
  });
}
