/** What the pages of watched databases show. */
import type {
  DatabaseCheck,
  DatabaseList,
  DatabasePage,
  EmbeddedDatabase,
  TimeRange,
} from "@throughline/contract";
import type { SecretBox } from "../access/index.ts";
import type { ControlStore } from "../engines/control/index.ts";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { readDatabaseSeries, readQueryHashes } from "../insight/index.ts";
import { checkDatabase } from "./check.ts";
import { selectDatabases, selectPlans, targetOf } from "./databaseRows.ts";
import { unknownDatabase } from "./manageDatabases.ts";
import type { OpenSession } from "./session.ts";

export async function readDatabases(
  control: ControlStore,
  tenantId: string,
  projectId: string,
): Promise<DatabaseList["databases"]> {
  const known = await control.readAsTenant(tenantId, (tx) => selectDatabases(tx, { projectId }));
  return known.map(({ shown }) => shown);
}

/** @throws {AccessError} unknown_database */
export async function readDatabase(
  control: ControlStore,
  reader: ScopedReader,
  id: string,
  range: TimeRange,
  nowMs: number,
): Promise<Omit<DatabasePage, "project">> {
  const { tenantId, projectId } = reader.scope;
  const [found, plans] = await control.readAsTenant(tenantId, async (tx) => {
    const [database] = await selectDatabases(tx, { projectId, id });
    return [database, await selectPlans(tx, id)] as const;
  });
  if (found === undefined) throw unknownDatabase();
  const { shown, snapshot } = found;
  const [series, hashes] = await Promise.all([
    readDatabaseSeries(reader, range, id, nowMs),
    readQueryHashes(reader, [
      ...(snapshot?.statements ?? []).map(({ statement }) => statement),
      ...plans.map(({ statement }) => statement),
    ]),
  ]);
  return {
    ...series,
    database: shown,
    plans: plans.map((plan) => ({ ...plan, queryHash: hashes.get(plan.statement) ?? null })),
    snapshot:
      snapshot === null
        ? null
        : {
            ...snapshot,
            statements: snapshot.statements.map((row) => ({
              ...row,
              queryHash: hashes.get(row.statement) ?? null,
            })),
          },
  };
}

/** @throws {AccessError} unknown_database */
export async function checkRegistered(
  {
    control,
    tenantId,
    box,
  }: { readonly control: ControlStore; readonly tenantId: string; readonly box: SecretBox },
  open: OpenSession,
  id: string,
): Promise<DatabaseCheck> {
  const [found] = await control.readAsTenant(tenantId, (tx) => selectDatabases(tx, { id }));
  if (found === undefined) throw unknownDatabase();
  return await checkDatabase(open, targetOf(found.row, box));
}

const EMBEDDED_UNKNOWN =
  "It runs inside this process and counts nothing: no activity, no locks of others (it has one connection), no statements, and no plans.";
const OWN_SERVER_UNKNOWN =
  "To see its activity, statements and plans, register it as a database of a project.";

/** The product's own control store: read-only facts. */
export async function readEmbedded(control: ControlStore): Promise<EmbeddedDatabase> {
  const health = await control.health();
  const tables = health.ok
    ? await control.query<{ name: string; sizeBytes: number }>(
        `select relname::text as name, pg_total_relation_size(oid)::float8 as "sizeBytes" from pg_class
         where relkind = 'r' and relnamespace = 'public'::regnamespace order by 2 desc, 1 limit 10`,
      )
    : [];
  return {
    backend: health.backend,
    version: health.version,
    isOk: health.ok,
    sizeBytes: health.diskBytes,
    tables,
    unknown: control.backend === "pglite" ? EMBEDDED_UNKNOWN : OWN_SERVER_UNKNOWN,
  };
}
