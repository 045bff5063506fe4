/** Stored plans, for those who ask about statements: the bottlenecks, and the page of one statement. */
import type { StatementPlan } from "@throughline/contract";
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope } from "../engines/telemetry/index.ts";
import type { MissingIndex, StoredPlans } from "../insight/bottlenecks/index.ts";
import { selectPlans } from "./databaseRows.ts";

const MISSING_MAX = 200;
const DATABASES_MAX = 20;
/** A plan that was not asked again for a day says nothing of now: the statement is not run any more, or nobody looks. */
const CURRENT_HOURS = 24;

export async function readMissingIndexes(
  control: ControlStore,
  { tenantId, projectId }: Scope,
): Promise<StoredPlans> {
  return await control.asTenant(tenantId, async (tx) => {
    const [known] = await tx.query<{ registered: number; seen: number }>(
      `select count(*)::int as registered, count(s.ok_at)::int as seen
       from databases d left join database_states s on s.database_id = d.id
       where d.project_id = $1 and d.is_enabled`,
      [projectId],
    );
    if (known === undefined || known.registered === 0)
      return {
        missing: [],
        unknown: "No database is watched: add one, so that plans of statements are known.",
      };
    if (known.seen === 0)
      return {
        missing: [],
        unknown: "No watched database has answered yet: plans of statements are not known.",
      };
    const missing = await tx.query<MissingIndex>(
      `with of_project as (
         select d.id, d.name, s.snapshot from databases d join database_states s on s.database_id = d.id
         where d.project_id = $1 and d.is_enabled
       ),
       sizes as (
         select d.id, (t ->> 'schema') || '.' || (t ->> 'name') as name, (t ->> 'liveRows')::float8 as live_rows
         from of_project d cross join lateral jsonb_array_elements(d.snapshot -> 'tables') t
       )
       select d.id as "databaseId", d.name as "databaseName", p.statement_id as "statementId", p.statement,
         f ->> 'table' as "table", f ->> 'sql' as "indexSql", sizes.live_rows as "tableRows"
       from of_project d join database_plans p on p.database_id = d.id
         cross join lateral jsonb_array_elements(p.findings) f
         join sizes on sizes.id = d.id and sizes.name = f ->> 'table'
       where f ->> 'kind' = 'missing_index' and p.last_seen_at > now() - make_interval(hours => $2)
       order by p.mean_ms desc, p.statement_id limit $3`,
      [projectId, CURRENT_HOURS, MISSING_MAX],
    );
    return { missing, unknown: null };
  });
}

/** Plans of one statement in every watched database of the project, newest first. */
export async function readStatementPlans(
  control: ControlStore,
  { tenantId, projectId }: Scope,
  statement: string,
): Promise<StatementPlan[]> {
  return await control.asTenant(tenantId, async (tx) => {
    const databases = await tx.query<{ id: string; name: string }>(
      `select d.id, d.name from databases d
       where d.project_id = $1 and exists (
         select from database_plans p where p.database_id = d.id and p.statement = $2
       ) order by d.name limit ${DATABASES_MAX}`,
      [projectId, statement],
    );
    const found: StatementPlan[] = [];
    for (const { id, name } of databases)
      for (const plan of await selectPlans(tx, id, statement))
        found.push({ databaseId: id, databaseName: name, ...plan });
    return found;
  });
}
