/** What pg_stat_statements counted: first counters alone, then the texts of those that matter. */
import type { DatabaseStatement } from "@throughline/contract";
import { z } from "zod";
import type { DatabaseSession } from "../session.ts";
import { quoted } from "./facts.ts";
import { withoutLiterals } from "./parts.ts";

const STATEMENTS_MAX = 2000;
const SHOWN_MAX = 60;

const counted = z.object({ id: z.string(), calls: z.number(), totalMs: z.number(), rows: z.number() });
type Counted = z.infer<typeof counted>;

/** By statement: calls and total milliseconds. */
export const statementCounters = z.record(z.string(), z.tuple([z.number(), z.number()]));
export type StatementCounters = z.infer<typeof statementCounters>;

export interface ReadStatement extends DatabaseStatement {
  /** As the server has it, to be explained; it may hold literals and is kept nowhere. */
  readonly exactText: string;
}

export interface Statements {
  readonly shown: readonly ReadStatement[];
  readonly counters: StatementCounters;
}

/** Numbers that went down were reset: what they show now came since. */
export const sinceLast = (now: number, before: number): number => (now < before ? now : now - before);

/** @param before of the snapshot before; null with the first one */
export async function readStatements(
  session: DatabaseSession,
  schema: string,
  before: StatementCounters | null,
): Promise<Statements> {
  const view = `${quoted(schema)}.pg_stat_statements`;
  const ofThis = "dbid = (select oid from pg_catalog.pg_database where datname = current_database())";
  const rows = await session.rows(
    counted,
    `select queryid::text as id, sum(calls)::float8 as calls, sum(total_exec_time)::float8 as "totalMs",
       sum(rows)::float8 as rows
     from ${view}(false) where ${ofThis} and queryid is not null group by queryid
     order by "totalMs" desc limit ${STATEMENTS_MAX}`,
  );
  const counters: StatementCounters = {};
  for (const { id, calls, totalMs } of rows) counters[id] = [calls, totalMs];
  const newOf = (row: Counted) => {
    if (before === null) return { newCalls: null, newTotalMs: null };
    const [calls, totalMs] = before[row.id] ?? [0, 0];
    // Both or none: the two counters are reset together.
    const isReset = row.calls < calls || row.totalMs < totalMs;
    return {
      newCalls: isReset ? row.calls : row.calls - calls,
      newTotalMs: isReset ? row.totalMs : row.totalMs - totalMs,
    };
  };
  const measured = rows.map((row) => ({ ...row, ...newOf(row) }));
  // Those that cost most now, and those that cost most since the counters began.
  const wanted = new Set([
    ...measured
      .toSorted((a, b) => (b.newTotalMs ?? 0) - (a.newTotalMs ?? 0))
      .slice(0, SHOWN_MAX / 2)
      .map(({ id }) => id),
    ...measured.slice(0, SHOWN_MAX).map(({ id }) => id),
  ]);
  const ids = [...wanted].slice(0, SHOWN_MAX).filter((id) => /^-?\d{1,20}$/.test(id));
  const texts = await readTexts(session, view, ofThis, ids);
  const shown = measured.flatMap(({ id, calls, totalMs, rows: returned, newCalls, newTotalMs }) => {
    const exactText = texts.get(id);
    if (exactText === undefined || isNotTheirs(exactText)) return [];
    return {
      id,
      exactText,
      statement: withoutLiterals(exactText),
      calls,
      totalMs,
      meanMs: calls === 0 ? 0 : totalMs / calls,
      rows: returned,
      newCalls,
      newTotalMs,
      queryHash: null,
    };
  });
  return { shown, counters };
}

async function readTexts(
  session: DatabaseSession,
  view: string,
  ofThis: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await session.rows(
    z.object({ id: z.string(), text: z.string().nullable() }),
    `select distinct on (queryid) queryid::text as id, left(query, 65536) as text
     from ${view}(true) where ${ofThis} and queryid in (${ids.join(", ")})`,
  );
  return new Map(rows.flatMap(({ id, text }) => (text === null ? [] : [[id, text] as const])));
}

/** Transactions' ends, settings, what the role may not see, and our own questions, all of which name a catalogue. */
function isNotTheirs(text: string): boolean {
  return /^\s*(begin|commit|rollback|savepoint|release|set|show|reset|discard|deallocate|start|end)\b|^<|pg_catalog\.|pg_stat_statements|pg_prepared_statements|throughline_/i.test(
    text,
  );
}
