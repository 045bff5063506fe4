/**
 * The plan of a statement for whatever values it gets, without running it. `PREPARE` and `EXPLAIN EXECUTE` under
 * `plan_cache_mode = force_generic_plan`: the same plan as `EXPLAIN (GENERIC_PLAN)`, but from PostgreSQL 12 on, and over the
 * extended protocol, which takes one statement only; `EXPLAIN (GENERIC_PLAN)` refuses parameters there.
 * https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
 */
import { z } from "zod";
import type { DatabaseSession } from "../session.ts";
import type { RawPlan } from "./rawPlan.ts";

const NAME = "throughline_explained";
const EXPLAIN_TIMEOUT_MS = 1000;

const explained = z.object({
  "QUERY PLAN": z.array(z.object({ Plan: z.record(z.string(), z.unknown()) })).min(1),
});

/** @throws {DatabaseProblem} */
export async function askPlan(session: DatabaseSession, exactText: string): Promise<RawPlan> {
  await session.run(`set statement_timeout = ${EXPLAIN_TIMEOUT_MS}`);
  await session.run("set plan_cache_mode = force_generic_plan");
  await session.run(`prepare ${NAME} as ${exactText}`);
  try {
    const [prepared] = await session.rows(
      z.object({ parameters: z.number() }),
      `select coalesce(cardinality(parameter_types), 0) as parameters from pg_catalog.pg_prepared_statements
       where name = '${NAME}'`,
    );
    const nulls = Array.from({ length: prepared?.parameters ?? 0 }, () => "null").join(", ");
    const [row] = await session.rows(
      explained,
      `explain (format json, verbose) execute ${NAME}${nulls === "" ? "" : ` (${nulls})`}`,
    );
    return row?.["QUERY PLAN"][0]?.Plan ?? {};
  } finally {
    await session.run(`deallocate ${NAME}`);
  }
}
