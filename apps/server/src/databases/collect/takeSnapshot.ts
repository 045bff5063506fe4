/** One look at a database. A part that can't be read leaves a gap with its reason; the others are there all the same. */
import { databaseStatement, type DatabaseFigures, type DatabaseSnapshot } from "@throughline/contract";
import { z } from "zod";
import { DatabaseProblem } from "../problems.ts";
import type { DatabaseSession } from "../session.ts";
import { readFacts, type ServerFacts, VERSION_MIN } from "./facts.ts";
import {
  databaseCounters,
  type DatabaseCounters,
  readActivity,
  readConnections,
  readCounters,
  readIndexes,
  readLocks,
  readReplication,
  readTables,
} from "./parts.ts";
import { readStatements, sinceLast, statementCounters, type ReadStatement } from "./statements.ts";

const tableCounters = z.record(z.string(), z.number());

/** What the next snapshot makes differences of. */
export const keptCounters = z.object({
  atMs: z.number(),
  database: databaseCounters.nullable(),
  statements: statementCounters.nullable(),
  sequentialScans: tableCounters,
});
export type KeptCounters = z.infer<typeof keptCounters>;

export interface Look {
  readonly facts: ServerFacts;
  readonly snapshot: DatabaseSnapshot;
  readonly counters: KeptCounters;
  /** What was added since the look before; null with the first one. */
  readonly added: DatabaseCounters | null;
  /** By `schema.table`, of those that were there before. */
  readonly addedSequentialScans: ReadonlyMap<string, number>;
  readonly statements: readonly ReadStatement[];
}

/** @param before null: the first look, or another server. @throws {DatabaseProblem} when nothing can be read */
export async function takeSnapshot(
  session: DatabaseSession,
  before: KeptCounters | null,
  nowMs: number,
): Promise<Look> {
  const facts = await readFacts(session);
  if (facts === undefined) throw new DatabaseProblem("It does not say what it is.");
  if (facts.versionNumber < VERSION_MIN)
    throw new DatabaseProblem(`PostgreSQL ${facts.version} is too old: 13 or later is needed.`);
  const gaps: { part: string; text: string }[] = [];
  const part = async <T>(name: string, read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof DatabaseProblem)) throw error;
      gaps.push({ part: name, text: error.message });
      return otherwise;
    }
  };
  // One after the other: a watched database gives us one connection, and locks first, since they pass.
  const activity = await part("activity", () => readActivity(session), []);
  const locks = await part("locks", () => readLocks(session), []);
  const connections = await part("connections", () => readConnections(session), []);
  const counted = await part("counters", () => readCounters(session), undefined);
  const replication = await part("replication", () => readReplication(session, facts.isReplica), []);
  const tables = await part("tables", () => readTables(session), []);
  const indexes = await part("indexes", () => readIndexes(session), []);
  const { statementsSchema } = facts;
  const known = before?.statements ?? null;
  const statements =
    statementsSchema === null
      ? null
      : await part("statements", () => readStatements(session, statementsSchema, known), null);
  if (statementsSchema === null)
    gaps.push({
      part: "statements",
      text: "The extension pg_stat_statements is not installed in this database.",
    });
  const added = addedSince(counted, before?.database ?? null);
  const sinceMs = before === null ? null : Math.max(1, nowMs - before.atMs);
  const scans = Object.fromEntries(
    tables.map(({ schema, name, sequentialScans }) => [`${schema}.${name}`, sequentialScans]),
  );
  return {
    facts,
    added,
    addedSequentialScans: new Map(
      Object.entries(scans).flatMap(([table, now]) => {
        const then = before?.sequentialScans[table];
        return then === undefined ? [] : [[table, sinceLast(now, then)] as const];
      }),
    ),
    statements: statements?.shown ?? [],
    counters: {
      atMs: nowMs,
      database: counted === undefined ? null : databaseCounters.parse(counted),
      statements: statements?.counters ?? null,
      sequentialScans: scans,
    },
    snapshot: {
      atMs: nowMs,
      sinceMs,
      version: (facts.version.split(" ", 1)[0] ?? "").slice(0, 40),
      isReplica: facts.isReplica,
      figures: figuresOf(facts, connections, counted?.sizeBytes ?? null, added, sinceMs),
      connections,
      locks,
      activity,
      replication,
      tables,
      indexes,
      statements: (statements?.shown ?? []).map((each) => databaseStatement.parse(each)),
      countersSinceMs: counted?.resetMs ?? null,
      gaps,
    },
  };
}

/** A reset sets all counters of a database at once: one that went down says it of all. */
export function addedSince(
  now: DatabaseCounters | undefined,
  before: DatabaseCounters | null,
): DatabaseCounters | null {
  if (now === undefined || before === null) return null;
  const names = databaseCounters.keyof().options;
  const isReset = names.some((name) => now[name] < before[name]);
  const added = names.map((name) => [name, isReset ? now[name] : now[name] - before[name]]);
  return databaseCounters.parse(Object.fromEntries(added));
}

function figuresOf(
  facts: ServerFacts,
  connections: DatabaseSnapshot["connections"],
  sizeBytes: number | null,
  added: DatabaseCounters | null,
  sinceMs: number | null,
): DatabaseFigures {
  const perSecond = (count: number | undefined): number | null =>
    count === undefined || sinceMs === null ? null : (count * 1000) / sinceMs;
  const asked = added === null ? 0 : added.blocksHit + added.blocksRead;
  return {
    connections: connections.length === 0 ? null : connections.reduce((sum, { count }) => sum + count, 0),
    connectionsMax: facts.connectionsMax,
    cacheHitRatio: added === null || asked === 0 ? null : added.blocksHit / asked,
    commitsPerSecond: perSecond(added?.commits),
    rollbacksPerSecond: perSecond(added?.rollbacks),
    deadlocks: added?.deadlocks ?? null,
    tempFiles: added?.tempFiles ?? null,
    tempBytes: added?.tempBytes ?? null,
    sizeBytes,
  };
}
