/** What a server is, and what this role may see of it. One statement. */
import { z } from "zod";
import type { DatabaseSession } from "../session.ts";

const factsRow = z.object({
  versionNumber: z.number(),
  version: z.string(),
  isReplica: z.boolean(),
  isReadOnly: z.boolean(),
  isSuperuser: z.boolean(),
  isMonitor: z.boolean(),
  mayReadAll: z.boolean(),
  connectionsMax: z.number(),
  /** Of the extension pg_stat_statements; null: it is not in this database. */
  statementsSchema: z.string().nullable(),
  hypopgSchema: z.string().nullable(),
  hasTls: z.boolean(),
});
export type ServerFacts = z.infer<typeof factsRow>;

/** Everything here reads views of PostgreSQL 13 and later. */
export const VERSION_MIN = 130_000;

export async function readFacts(session: DatabaseSession): Promise<ServerFacts | undefined> {
  const schemaOf = (extension: string) =>
    `(select n.nspname::text from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
      where e.extname = '${extension}')`;
  const mayUse = (role: string) =>
    `(exists (select from pg_catalog.pg_roles where rolname = '${role}')
      and coalesce((select pg_catalog.pg_has_role(current_user, oid, 'usage') from pg_catalog.pg_roles
                    where rolname = '${role}'), false))`;
  const [facts] = await session.rows(
    factsRow,
    `select current_setting('server_version_num')::int as "versionNumber", current_setting('server_version') as version,
       pg_catalog.pg_is_in_recovery() as "isReplica", current_setting('transaction_read_only') = 'on' as "isReadOnly",
       (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as "isSuperuser",
       ${mayUse("pg_monitor")} as "isMonitor", ${mayUse("pg_read_all_data")} as "mayReadAll",
       current_setting('max_connections')::int as "connectionsMax",
       ${schemaOf("pg_stat_statements")} as "statementsSchema", ${schemaOf("hypopg")} as "hypopgSchema",
       coalesce((select ssl from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()), false) as "hasTls"`,
  );
  return facts;
}

/** As a name in SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
