/** Which statements are explained now, and what is kept of their plans. */
import type { ControlStore, SqlExecutor } from "../../engines/control/index.ts";
import type { DatabaseRow } from "../databaseRows.ts";
import type { Look } from "../collect/takeSnapshot.ts";
import type { DatabaseSession } from "../session.ts";
import { type Explained, explainStatement } from "./explainStatement.ts";
import { hashOf } from "./planTree.ts";

/** A plan changes with the data and with indexes: often enough to see it, seldom enough to cost nothing. */
const AGAIN_AFTER_MINUTES = 15;
const AT_ONCE_MAX = 5;
const KEPT_DAYS = 30;

/** Explains the slowest statements that are due. @throws {DatabaseProblem} when the connection is gone */
export async function storePlans(
  control: ControlStore,
  session: DatabaseSession,
  row: DatabaseRow,
  { statements, snapshot, facts }: Look,
): Promise<void> {
  const advised = await advisedStatements(control, row.id);
  const slow = statements
    .map((statement) => ({ ...statement, statementId: hashOf(statement.statement) }))
    // One that became fast is asked once more, or its advice would stay.
    .filter(
      ({ meanMs, calls, statementId }) => calls > 0 && (meanMs >= row.slowMs || advised.has(statementId)),
    )
    .toSorted((a, b) => b.totalMs - a.totalMs);
  const fresh = await freshStatements(control, row.id);
  const due = slow.filter(({ statementId }) => !fresh.has(statementId)).slice(0, AT_ONCE_MAX);
  const context = {
    session,
    hypopgSchema: facts.hypopgSchema,
    tables: snapshot.tables,
    indexes: snapshot.indexes,
  };
  for (const { statementId, statement, exactText, meanMs } of due) {
    const explained = await explainStatement(context, exactText);
    await storePlan(control, row, { statementId, statement, meanMs }, explained);
  }
  await control.query(
    "delete from database_plans where database_id = $1 and last_seen_at < now() - make_interval(days => $2)",
    [row.id, KEPT_DAYS],
  );
}

async function freshStatements(control: SqlExecutor, databaseId: string): Promise<ReadonlySet<string>> {
  const rows = await control.query<{ statementId: string }>(
    `select distinct statement_id as "statementId" from database_plans
     where database_id = $1 and last_seen_at > now() - make_interval(mins => $2)`,
    [databaseId, AGAIN_AFTER_MINUTES],
  );
  return new Set(rows.map(({ statementId }) => statementId));
}

async function advisedStatements(control: SqlExecutor, databaseId: string): Promise<ReadonlySet<string>> {
  const rows = await control.query<{ statementId: string }>(
    `select distinct statement_id as "statementId" from database_plans
     where database_id = $1 and findings <> '[]'::jsonb`,
    [databaseId],
  );
  return new Set(rows.map(({ statementId }) => statementId));
}

async function storePlan(
  control: ControlStore,
  { id, tenantId }: DatabaseRow,
  { statementId, statement, meanMs }: { statementId: string; statement: string; meanMs: number },
  { plan, planHash, findings, problem }: Explained,
): Promise<void> {
  await control.transaction(async (tx) => {
    // It may have been taken away while it was asked.
    const [still] = await tx.query("select id from databases where id = $1 for share", [id]);
    if (still === undefined) return;
    // What was true of the statement before this look is advice no more.
    await tx.query(
      `delete from database_plans where database_id = $1 and statement_id = $2 and plan_hash = '' and $3 <> ''`,
      [id, statementId, planHash],
    );
    await tx.query(
      `update database_plans set findings = '[]' where database_id = $1 and statement_id = $2 and plan_hash <> $3
         and $3 <> ''`,
      [id, statementId, planHash],
    );
    await tx.query(
      `insert into database_plans (database_id, tenant_id, statement_id, plan_hash, statement, plan, findings, problem, mean_ms)
       values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9)
       on conflict (database_id, statement_id, plan_hash) do update set plan = excluded.plan, findings = excluded.findings,
         problem = excluded.problem, mean_ms = excluded.mean_ms, last_seen_at = now()`,
      [
        id,
        tenantId,
        statementId,
        planHash,
        statement,
        plan === null ? null : JSON.stringify(plan),
        JSON.stringify(findings),
        problem,
        meanMs,
      ],
    );
  });
}
