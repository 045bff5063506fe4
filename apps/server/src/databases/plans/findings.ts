/** What a plan says: sequential scans of large tables, and an index that would spare one. */
import type { DatabaseIndex, DatabaseTable, PlanFinding } from "@throughline/contract";
import { z } from "zod";
import { quoted } from "../collect/facts.ts";
import { withoutLiterals } from "../collect/parts.ts";
import type { DatabaseSession } from "../session.ts";
import { type RawPlan, childrenOf, numberOf, textOf } from "./rawPlan.ts";

/** Below these a sequential scan is the right plan: a few pages are read faster than an index and the table. */
export const LARGE_ROWS = 10_000;
export const LARGE_BYTES = 1024 * 1024;
/** An index helps where few rows are left; beyond this share PostgreSQL reads the table anyway. */
const SELECTIVE_SHARE = 0.1;
const COLUMNS_MAX = 3;

export interface Candidate {
  readonly finding: PlanFinding;
  /** `create index on …`; empty: nothing certain to advise. */
  readonly indexSql: string;
}

export interface KnownObjects {
  readonly tables: readonly DatabaseTable[];
  readonly indexes: readonly DatabaseIndex[];
}

/** The session is asked for the columns of each table that is read whole. @throws {DatabaseProblem} */
export async function candidatesOf(
  session: DatabaseSession,
  plan: RawPlan,
  known: KnownObjects,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const scan of sequentialScansOf(plan)) {
    const schema = textOf(scan["Schema"]);
    const name = textOf(scan["Relation Name"]);
    const table = known.tables.find((each) => each.schema === schema && each.name === name);
    if (table === undefined || (table.liveRows < LARGE_ROWS && table.sizeBytes < LARGE_BYTES)) continue;
    const filter = textOf(scan["Filter"]);
    const columns = filter === "" ? [] : await readColumns(session, schema, name);
    found.push(candidateOf(table, scan, filterColumns(filter, columns), known.indexes));
  }
  return found;
}

function sequentialScansOf(plan: RawPlan, depth = 0): RawPlan[] {
  const below = depth > 60 ? [] : childrenOf(plan).flatMap((child) => sequentialScansOf(child, depth + 1));
  return /^(Parallel )?Seq Scan$/.test(textOf(plan["Node Type"])) ? [plan, ...below] : below;
}

function candidateOf(
  table: DatabaseTable,
  scan: RawPlan,
  columns: readonly string[] | null,
  indexes: readonly DatabaseIndex[],
): Candidate {
  const name = `${table.schema}.${table.name}`;
  const rows = numberOf(scan["Plan Rows"]);
  const of = `reads all of ${name}, about ${table.liveRows} rows`;
  const scanned = (text: string): Candidate => ({
    indexSql: "",
    finding: {
      kind: "sequential_scan",
      table: name,
      text: `The statement ${of}${text}`,
      sql: "",
      costShare: null,
    },
  });
  const filter = withoutLiterals(textOf(scan["Filter"]));
  if (filter === "") return scanned(", and filters nothing: an index would not spare it.");
  if (columns === null || columns.length === 0)
    return scanned(` for ${filter}. No plain index on columns answers this condition.`);
  if (rows > table.liveRows * SELECTIVE_SHARE)
    return scanned(` and is expected to keep ${rows} of them: too many for an index to help.`);
  const list = columns.map(quoted).join(", ");
  const same = indexes.find(
    ({ schema, table: of, definition }) =>
      schema === table.schema && of === table.name && leadsWith(definition, columns),
  );
  if (same !== undefined)
    return scanned(
      ` although ${same.name} begins with ${columns.join(", ")}: look at its types and validity.`,
    );
  const sql = `create index concurrently on ${quoted(table.schema)}.${quoted(table.name)} (${list});`;
  return {
    indexSql: sql.replace(" concurrently", "").replace(/;$/, ""),
    finding: {
      kind: "missing_index",
      table: name,
      text: `The statement ${of}, to keep about ${rows}: no index begins with ${columns.join(", ")}.`,
      sql,
      costShare: null,
    },
  };
}

function leadsWith(definition: string, columns: readonly string[]): boolean {
  const [, list = ""] = /\(([^()]*)\)/.exec(definition) ?? [];
  const keys = list.split(",").map((key) => (key.trim().split(/\s/)[0] ?? "").replaceAll('"', ""));
  return (
    !/\swhere\s/i.test(definition) && new Set(keys.slice(0, columns.length)).isSupersetOf(new Set(columns))
  );
}

async function readColumns(session: DatabaseSession, schema: string, table: string): Promise<string[]> {
  const rows = await session.rows(
    z.object({ name: z.string() }),
    `select a.attname::text as name from pg_catalog.pg_attribute a
       join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped`,
    [schema, table],
  );
  return rows.map(({ name }) => name);
}

/** A comparison as EXPLAIN VERBOSE prints it: `(orders.customer_id = $1)`, `((orders.mail)::text = $2)`. */
const COMPARISON =
  /(?<![\w"$(.])\(+(?:(?:"[^"]+"|[\w$]+)\.)?("[^"]+"|[a-z_][\w$]*)\)?(?:::[a-z ]+(?:\(\d+\))?)?\s(=|<=|>=|<|>)\s/giu;

/**
 * Columns that an index for this condition would begin with: those compared for equality, then one compared for order.
 * Null where it can't be told: another way in (OR), or a negation.
 */
export function filterColumns(filter: string, columns: readonly string[]): readonly string[] | null {
  if (/\s(OR|NOT)\s|\(NOT\s|SubPlan|<>/.test(filter)) return null;
  const equal: string[] = [];
  const ordered: string[] = [];
  // One condition stands in one pair of brackets; a second one makes it two.
  for (const [, name = "", operator] of ` ${filter}`.matchAll(COMPARISON)) {
    const column = name.startsWith('"') ? name.slice(1, -1) : name;
    if (!columns.includes(column)) continue;
    (operator === "=" ? equal : ordered).push(column);
  }
  const unique = [...new Set([...equal, ...ordered.filter((name) => !equal.includes(name)).slice(0, 1)])];
  return unique.slice(0, COLUMNS_MAX);
}
