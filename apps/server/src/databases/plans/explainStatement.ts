/** One statement explained: its plan, what the plan says, and what an index would gain. */
import type { PlanFinding, PlanNode } from "@throughline/contract";
import { z } from "zod";
import { quoted } from "../collect/facts.ts";
import { DatabaseProblem } from "../problems.ts";
import type { DatabaseSession } from "../session.ts";
import { askPlan } from "./askPlan.ts";
import { refusalOf } from "./explainable.ts";
import { type Candidate, candidatesOf, type KnownObjects } from "./findings.ts";
import { planHashOf, planTreeOf } from "./planTree.ts";
import { numberOf } from "./rawPlan.ts";

export interface Explained {
  readonly plan: PlanNode | null;
  readonly planHash: string;
  readonly findings: readonly PlanFinding[];
  /** Why there is no plan; empty where there is one. */
  readonly problem: string;
}

export interface ExplainContext extends KnownObjects {
  readonly session: DatabaseSession;
  readonly hypopgSchema: string | null;
}

/** PostgreSQL's codes, for a statement that it would not plan. */
const REASONS: Readonly<Record<string, string>> = {
  "42501": "PostgreSQL plans a statement only for a role that may run it, and this role may not.",
  "42P01": "A table of it is not found: it may be temporary, dropped, or outside of the role's search_path.",
  "42601": "PostgreSQL keeps the text with a parameter where its grammar takes none.",
  "42P18": "The type of a parameter can't be told from the text alone.",
  "57014": "Planning took longer than the timeout.",
  "55P03": "A table is locked by somebody else.",
};

export async function explainStatement(context: ExplainContext, exactText: string): Promise<Explained> {
  const nothing = (problem: string): Explained => ({ plan: null, planHash: "", findings: [], problem });
  const refusal = refusalOf(exactText);
  if (refusal !== null) return nothing(refusal);
  try {
    const raw = await askPlan(context.session, exactText);
    const plan = planTreeOf(raw);
    const candidates = await candidatesOf(context.session, raw, context);
    const findings: PlanFinding[] = [];
    for (const candidate of candidates) {
      const costShare = await costShareOf(context, exactText, candidate, numberOf(raw["Total Cost"]));
      findings.push({ ...candidate.finding, costShare });
    }
    return { plan, planHash: planHashOf(plan), findings, problem: "" };
  } catch (error) {
    // A connection that is gone is not the statement's fault.
    if (!(error instanceof DatabaseProblem) || error.sqlState === "") throw error;
    return nothing(REASONS[error.sqlState] ?? error.message);
  }
}

/** With an index that is only imagined, in our session alone. https://hypopg.readthedocs.io */
async function costShareOf(
  { session, hypopgSchema }: ExplainContext,
  exactText: string,
  { indexSql }: Candidate,
  costBefore: number,
): Promise<number | null> {
  if (hypopgSchema === null || indexSql === "" || costBefore <= 0) return null;
  const schema = quoted(hypopgSchema);
  try {
    await session.rows(
      z.object({ name: z.string() }),
      `select indexname::text as name from ${schema}.hypopg_create_index($1)`,
      [indexSql],
    );
    const cost = numberOf((await askPlan(session, exactText))["Total Cost"]);
    return cost <= 0 ? null : Math.min(1, cost / costBefore);
  } catch (error) {
    if (!(error instanceof DatabaseProblem) || error.sqlState === "") throw error;
    return null;
  } finally {
    await session.run(`select ${schema}.hypopg_reset()`).catch(() => undefined);
  }
}
