/** The tables of watched databases, as this room reads them. */
import {
  databaseFigures,
  databasePlan,
  databaseSnapshot,
  type DatabasePlan,
  type DatabaseSnapshot,
  type MonitoredDatabase,
} from "@throughline/contract";
import { DATABASE_PASSWORD, type SecretBox } from "../access/index.ts";
import type { SqlExecutor } from "../engines/control/index.ts";
import type { DatabaseTarget } from "./session.ts";

export interface DatabaseRow {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** Sealed. */
  readonly password: string;
  readonly tls: "verify-full" | "require" | "disable";
  readonly caCertificate: string;
  readonly statementTimeoutMs: number;
  readonly everySeconds: number;
  readonly slowMs: number;
  readonly isEnabled: boolean;
}

interface StateColumns {
  readonly triedAt: Date | null;
  readonly okAt: Date | null;
  readonly failures: number;
  readonly problem: string;
  readonly snapshot: unknown;
  readonly adviceCount: number;
}

export const DATABASE_COLUMNS = `d.id, d.tenant_id as "tenantId", d.project_id as "projectId", d.name, d.host, d.port,
  d.database_name as "database", d.username, d.password, d.tls_mode as "tls", d.ca_certificate as "caCertificate",
  d.statement_timeout_ms as "statementTimeoutMs", d.every_seconds as "everySeconds", d.slow_ms as "slowMs",
  d.is_enabled as "isEnabled"`;

const DATABASES_MAX = 200;
const PLANS_MAX = 200;

export interface KnownDatabase {
  readonly row: DatabaseRow;
  readonly shown: MonitoredDatabase;
  readonly snapshot: DatabaseSnapshot | null;
}

/** As the tenant. @param id only this one */
export async function selectDatabases(
  tx: SqlExecutor,
  { projectId = null, id = null }: { readonly projectId?: string | null; readonly id?: string | null },
): Promise<KnownDatabase[]> {
  const rows = await tx.query<DatabaseRow & StateColumns>(
    `select ${DATABASE_COLUMNS}, s.tried_at as "triedAt", s.ok_at as "okAt", coalesce(s.failures, 0) as failures,
            coalesce(s.problem, '') as problem, s.snapshot,
            (select count(*)::int from database_plans p where p.database_id = d.id and p.findings <> '[]'::jsonb)
              as "adviceCount"
     from databases d left join database_states s on s.database_id = d.id
     where ($1::text is null or d.project_id = $1) and ($2::uuid is null or d.id = $2)
     order by d.name, d.id limit ${DATABASES_MAX}`,
    [projectId, id],
  );
  return rows.map((row) => {
    const snapshot = databaseSnapshot.nullable().catch(null).parse(row.snapshot);
    return { row, snapshot, shown: shownDatabase(row, snapshot) };
  });
}

function shownDatabase(
  row: DatabaseRow & StateColumns,
  snapshot: DatabaseSnapshot | null,
): MonitoredDatabase {
  const { id, name, host, port, database, username, tls, caCertificate, isEnabled } = row;
  // Tried, but neither seen nor failed: the first look is under way.
  const status = !isEnabled ? "off" : row.problem !== "" ? "failing" : row.okAt === null ? "waiting" : "ok";
  return {
    id,
    name,
    host,
    port,
    database,
    username,
    tls,
    caCertificate,
    isEnabled,
    statementTimeoutMs: row.statementTimeoutMs,
    everySeconds: row.everySeconds,
    slowMs: row.slowMs,
    version: snapshot?.version ?? "",
    figures: databaseFigures.nullable().parse(snapshot?.figures ?? null),
    blockedCount: snapshot?.activity.filter(({ blockedBy }) => blockedBy.length > 0).length ?? 0,
    adviceCount: row.adviceCount,
    state: {
      status,
      problem: row.problem,
      failures: row.failures,
      triedAtMs: row.triedAt?.getTime() ?? null,
      okAtMs: row.okAt?.getTime() ?? null,
    },
  };
}

const storedPlan = databasePlan.omit({ queryHash: true });

interface PlanRow {
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly isChanged: boolean;
}

/** Those with advice first, then the slowest. @param statement of that one alone */
export async function selectPlans(
  tx: SqlExecutor,
  databaseId: string,
  statement: string | null = null,
): Promise<Omit<DatabasePlan, "queryHash">[]> {
  const rows = await tx.query<PlanRow>(
    `select p.statement_id as "statementId", p.statement, p.plan_hash as "planHash", p.plan, p.findings, p.problem,
            p.mean_ms as "meanMs", p.first_seen_at as "firstSeenAt", p.last_seen_at as "lastSeenAt",
            p.plan_hash <> '' and exists (
              select from database_plans q where q.database_id = p.database_id and q.statement_id = p.statement_id
                and q.plan_hash <> '' and q.plan_hash <> p.plan_hash and q.first_seen_at < p.first_seen_at
            ) as "isChanged"
     from database_plans p where p.database_id = $1 and ($2::text is null or p.statement = $2)
     order by jsonb_array_length(p.findings) > 0 desc, p.mean_ms desc, p.last_seen_at desc limit ${PLANS_MAX}`,
    [databaseId, statement],
  );
  return rows.flatMap(({ firstSeenAt, lastSeenAt, ...row }) => {
    const read = storedPlan.safeParse({
      ...row,
      firstSeenMs: firstSeenAt.getTime(),
      lastSeenMs: lastSeenAt.getTime(),
    });
    return read.success ? [read.data] : [];
  });
}

/** @throws {SecretError} when no key opens the password */
export function targetOf(row: DatabaseRow, box: SecretBox): DatabaseTarget {
  return { ...row, password: box.open(row.password, DATABASE_PASSWORD) };
}
