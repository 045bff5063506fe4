/** Says precisely what a registered database lacks. Changes nothing on either side. */
import type { DatabaseCheck } from "@throughline/contract";
import { z } from "zod";
import { quoted, readFacts, type ServerFacts, VERSION_MIN } from "./collect/facts.ts";
import { DatabaseProblem } from "./problems.ts";
import type { DatabaseSession, DatabaseTarget, OpenSession } from "./session.ts";

type Finding = DatabaseCheck["findings"][number];

const good = (text: string): Finding => ({ tone: "good", text, sql: "" });
const warn = (text: string, sql = ""): Finding => ({ tone: "warn", text, sql });
const bad = (text: string, sql = ""): Finding => ({ tone: "bad", text, sql });

export async function checkDatabase(open: OpenSession, target: DatabaseTarget): Promise<DatabaseCheck> {
  let session: DatabaseSession | null = null;
  try {
    session = await open(target);
    const facts = await readFacts(session);
    if (facts === undefined) return { isUsable: false, findings: [bad("It does not say what it is.")] };
    const findings = [
      ...findingsOf(facts, target),
      ...(facts.statementsSchema === null ? [] : [await statementsFinding(session, facts.statementsSchema)]),
    ];
    return { isUsable: findings.every(({ tone }) => tone !== "bad"), findings };
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    return { isUsable: false, findings: [bad(error.message)] };
  } finally {
    await session?.close();
  }
}

function findingsOf(facts: ServerFacts, { username, tls }: DatabaseTarget): Finding[] {
  const role = quoted(username);
  const { version, versionNumber, isReplica } = facts;
  return [
    versionNumber >= VERSION_MIN
      ? good(`PostgreSQL ${version}${isReplica ? ", a replica" : ""} lets ${username} in.`)
      : bad(`PostgreSQL ${version} is too old: 13 or later is needed.`),
    facts.hasTls
      ? good(
          tls === "require"
            ? "The connection is encrypted; its certificate is not checked."
            : "The connection is encrypted.",
        )
      : warn("The connection is not encrypted."),
    facts.isReadOnly
      ? good("The session is read-only.")
      : bad("The server does not keep our session read-only: a pooler may be in between."),
    ...(facts.isSuperuser
      ? [warn(`${username} is a superuser. A role that may only look is enough, and safer.`)]
      : []),
    facts.isMonitor || facts.isSuperuser
      ? good("The role sees the activity of others (pg_monitor).")
      : warn(
          "Without pg_monitor the role sees only its own activity, and no statement's text.",
          `grant pg_monitor to ${role};`,
        ),
    ...(facts.statementsSchema === null
      ? [
          warn(
            "pg_stat_statements is not installed in this database: no statements and no plans. It has to be in shared_preload_libraries too.",
            "create extension if not exists pg_stat_statements;",
          ),
        ]
      : []),
    facts.mayReadAll || facts.isSuperuser
      ? good("Plans of statements that read can be asked for (pg_read_all_data).")
      : warn(
          "PostgreSQL plans a statement only for roles that may run it: without rights on the tables there are no plans.",
          versionNumber >= 140_000
            ? `grant pg_read_all_data to ${role};`
            : `grant select on all tables in schema public to ${role};`,
        ),
    facts.hypopgSchema === null
      ? warn(
          "hypopg is not installed: what an index would gain can't be told. Nothing else needs it.",
          "create extension if not exists hypopg;",
        )
      : good("hypopg tells what an index would gain."),
  ];
}

async function statementsFinding(session: DatabaseSession, schema: string): Promise<Finding> {
  try {
    await session.rows(
      z.object({ calls: z.number() }),
      `select calls::float8 as calls from ${quoted(schema)}.pg_stat_statements(false) limit 1`,
    );
    return good("pg_stat_statements counts statements.");
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    return warn(
      `pg_stat_statements can't be read: ${error.message}`,
      error.sqlState === "55000"
        ? "alter system set shared_preload_libraries = 'pg_stat_statements'; -- then restart"
        : "",
    );
  }
}
