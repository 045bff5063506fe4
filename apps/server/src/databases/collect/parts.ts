/** The parts of a snapshot: one statement each, answered by views that every role may read. */
import type { DatabaseActivity, DatabaseIndex, DatabaseSnapshot, DatabaseTable } from "@throughline/contract";
import { z } from "zod";
import { normaliseText } from "../../ingest/index.ts";
import type { DatabaseSession } from "../session.ts";

const text = z
  .string()
  .nullable()
  .transform((value) => (value ?? "").slice(0, 1000));
const number = z.number();
const numberOrNull = z.number().nullable();

const ACTIVITY_MAX = 300;
const TABLES_MAX = 200;
const INDEXES_MAX = 500;
const STATEMENT_CHARACTERS_MAX = 4000;

export const withoutLiterals = (statement: string): string =>
  normaliseText(statement, "postgresql").slice(0, STATEMENT_CHARACTERS_MAX);

const countersRow = z.object({
  commits: number,
  rollbacks: number,
  blocksRead: number,
  blocksHit: number,
  rowsReturned: number,
  rowsFetched: number,
  rowsInserted: number,
  rowsUpdated: number,
  rowsDeleted: number,
  deadlocks: number,
  tempFiles: number,
  tempBytes: number,
});
export type DatabaseCounters = z.infer<typeof countersRow>;
export const databaseCounters = countersRow;

/** https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW */
export async function readCounters(session: DatabaseSession) {
  const [row] = await session.rows(
    countersRow.extend({ sizeBytes: number, resetMs: numberOrNull }),
    `select xact_commit::float8 as commits, xact_rollback::float8 as rollbacks, blks_read::float8 as "blocksRead",
       blks_hit::float8 as "blocksHit", tup_returned::float8 as "rowsReturned", tup_fetched::float8 as "rowsFetched",
       tup_inserted::float8 as "rowsInserted", tup_updated::float8 as "rowsUpdated", tup_deleted::float8 as "rowsDeleted",
       deadlocks::float8 as deadlocks, temp_files::float8 as "tempFiles", temp_bytes::float8 as "tempBytes",
       pg_catalog.pg_database_size(datid)::float8 as "sizeBytes",
       (extract(epoch from stats_reset) * 1000)::float8 as "resetMs"
     from pg_catalog.pg_stat_database where datname = current_database()`,
  );
  return row;
}

/** Of the whole server: max_connections is the server's. */
export async function readConnections(session: DatabaseSession): Promise<DatabaseSnapshot["connections"]> {
  return await session.rows(
    z.object({ state: text, count: number }),
    `select coalesce(state, 'not shown') as state, count(*)::float8 as count
     from pg_catalog.pg_stat_activity where backend_type = 'client backend' group by 1 order by 2 desc, 1`,
  );
}

/** Sessions of this database that do something or hold something, the longest transactions first. */
export async function readActivity(session: DatabaseSession): Promise<DatabaseActivity[]> {
  const rows = await session.rows(
    z.object({
      pid: number,
      username: text,
      applicationName: text,
      state: text,
      waitsFor: text,
      transactionMs: numberOrNull,
      stateMs: numberOrNull,
      blockedBy: z.array(number),
      lockedTable: text,
      lockMode: text,
      statement: z.string().nullable(),
    }),
    `select a.pid, a.usename::text as username, a.application_name as "applicationName", coalesce(a.state, '') as state,
       case when a.state = 'active' then concat_ws(': ', a.wait_event_type, a.wait_event) else '' end as "waitsFor",
       (extract(epoch from clock_timestamp() - a.xact_start) * 1000)::float8 as "transactionMs",
       (extract(epoch from clock_timestamp() - a.state_change) * 1000)::float8 as "stateMs",
       case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(a.pid) else '{}'::int[] end as "blockedBy",
       coalesce(l.relation::regclass::text, '') as "lockedTable", coalesce(l.mode, '') as "lockMode", a.query as statement
     from pg_catalog.pg_stat_activity a
       left join lateral (select w.relation, w.mode from pg_catalog.pg_locks w where w.pid = a.pid and not w.granted limit 1) l
         on true
     where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_catalog.pg_backend_pid()
     order by a.xact_start nulls last, a.pid limit ${ACTIVITY_MAX}`,
  );
  return rows.map((row) => ({ ...row, statement: withoutLiterals(row.statement ?? "") }));
}

export async function readLocks(session: DatabaseSession): Promise<DatabaseSnapshot["locks"]> {
  return await session.rows(
    z.object({ mode: text, isGranted: z.boolean(), count: number }),
    `select mode, granted as "isGranted", count(*)::float8 as count from pg_catalog.pg_locks
     where database = (select oid from pg_catalog.pg_database where datname = current_database())
       and pid <> pg_catalog.pg_backend_pid()
     group by 1, 2 order by 2, 3 desc limit 50`,
  );
}

/** Of a primary its replicas; of a replica itself. A replica that has replayed all it got lags by nothing. */
export async function readReplication(
  session: DatabaseSession,
  isReplica: boolean,
): Promise<DatabaseSnapshot["replication"]> {
  const row = z.object({ client: text, state: text, lagBytes: numberOrNull, lagMs: numberOrNull });
  if (isReplica)
    return await session.rows(
      row,
      `select 'this replica' as client, 'replaying' as state,
         pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::float8 as "lagBytes",
         case when pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() then 0
           else (extract(epoch from clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) * 1000)::float8 end as "lagMs"`,
    );
  return await session.rows(
    row,
    `select coalesce(nullif(application_name, ''), client_addr::text, 'a replica') as client, coalesce(state, '') as state,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn)::float8 as "lagBytes",
       (extract(epoch from replay_lag) * 1000)::float8 as "lagMs"
     from pg_catalog.pg_stat_replication order by 1 limit 50`,
  );
}

/** Sizes from the catalogue (as of the last VACUUM or ANALYZE): measuring them would wait for locks. */
export async function readTables(session: DatabaseSession): Promise<DatabaseTable[]> {
  return await session.rows(
    z.object({
      schema: text,
      name: text,
      sizeBytes: number,
      liveRows: number,
      deadRows: number,
      sequentialScans: number,
      sequentialRows: number,
      indexScans: number,
      lastVacuumMs: numberOrNull,
      lastAnalyzeMs: numberOrNull,
    }),
    `select s.schemaname::text as schema, s.relname::text as name,
       (c.relpages::float8 * current_setting('block_size')::float8) as "sizeBytes",
       greatest(s.n_live_tup, 0)::float8 as "liveRows", greatest(s.n_dead_tup, 0)::float8 as "deadRows",
       s.seq_scan::float8 as "sequentialScans", s.seq_tup_read::float8 as "sequentialRows",
       coalesce(s.idx_scan, 0)::float8 as "indexScans",
       (extract(epoch from greatest(s.last_vacuum, s.last_autovacuum)) * 1000)::float8 as "lastVacuumMs",
       (extract(epoch from greatest(s.last_analyze, s.last_autoanalyze)) * 1000)::float8 as "lastAnalyzeMs"
     from pg_catalog.pg_stat_user_tables s join pg_catalog.pg_class c on c.oid = s.relid
     order by c.relpages desc, s.n_live_tup desc, 1, 2 limit ${TABLES_MAX}`,
  );
}

const indexRow = z.object({
  schema: text,
  table: text,
  name: text,
  definition: text,
  sizeBytes: number,
  scans: number,
  /** Guards something: a primary key, a unique or exclusion constraint, what a foreign key refers to. */
  isNeeded: z.boolean(),
  isValid: z.boolean(),
  /** Each key column with its operator class, collation and order. */
  keys: z.array(z.string()),
  /** Access method, included columns, predicate: what else has to be equal. */
  kind: z.string(),
});

export async function readIndexes(session: DatabaseSession): Promise<DatabaseIndex[]> {
  const rows = await session.rows(
    indexRow,
    `select s.schemaname::text as schema, s.relname::text as table, s.indexrelname::text as name,
       pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
       (c.relpages::float8 * current_setting('block_size')::float8) as "sizeBytes", s.idx_scan::float8 as scans,
       (i.indisunique or i.indisprimary or i.indisexclusion
         or exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)) as "isNeeded",
       i.indisvalid as "isValid",
       array(select concat_ws(' ', pg_catalog.pg_get_indexdef(i.indexrelid, n, true), i.indclass[n - 1], i.indcollation[n - 1],
                              i.indoption[n - 1])
             from generate_series(1, i.indnkeyatts) n order by n) as keys,
       concat_ws(' ', am.amname, i.indkey[i.indnkeyatts:i.indnatts - 1]::text,
                 pg_catalog.pg_get_expr(i.indpred, i.indrelid)) as kind
     from pg_catalog.pg_stat_user_indexes s
       join pg_catalog.pg_index i on i.indexrelid = s.indexrelid
       join pg_catalog.pg_class c on c.oid = s.indexrelid join pg_catalog.pg_am am on am.oid = c.relam
     order by c.relpages desc, 1, 2, 3 limit ${INDEXES_MAX}`,
  );
  return rows.map((row) => {
    const { schema, table, name, definition, sizeBytes, scans, isNeeded, isValid } = row;
    const coveredBy = isNeeded ? "" : (rows.find((other) => covers(other, row))?.name ?? "");
    const isUnused = scans === 0 && !isNeeded;
    return { schema, table, name, definition, sizeBytes, scans, isUnused, coveredBy, isValid };
  });
}

/** A B-tree also serves whatever asks for its first columns. Of two equal ones the later name is the surplus one. */
function covers(other: z.infer<typeof indexRow>, row: z.infer<typeof indexRow>): boolean {
  if (other.name === row.name || other.schema !== row.schema || other.table !== row.table) return false;
  if (!other.isValid || other.kind !== row.kind) return false;
  if (other.keys.length !== row.keys.length && !row.kind.startsWith("btree")) return false;
  if (!row.keys.every((key, index) => other.keys[index] === key)) return false;
  return other.keys.length > row.keys.length || other.isNeeded || other.name < row.name;
}
