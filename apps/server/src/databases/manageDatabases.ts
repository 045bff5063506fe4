/** Databases are registered, changed and taken away: audited, with a password that only goes in. */
import { randomUUIDv7 } from "node:crypto";
import type { DatabaseChange, NewDatabase } from "@throughline/contract";
import {
  AccessError,
  audited,
  type AuditContext,
  DATABASE_PASSWORD,
  type SecretBox,
} from "../access/index.ts";
import type { SqlExecutor } from "../engines/control/index.ts";
import { DATABASE_COLUMNS, type DatabaseRow } from "./databaseRows.ts";

export type DatabaseContext = AuditContext & { readonly tenantId: string; readonly box: SecretBox };

/** @returns its id @throws {AccessError} already_exists */
export async function createDatabase(
  context: DatabaseContext,
  projectId: string,
  input: NewDatabase,
): Promise<string> {
  const id = randomUUIDv7();
  const target = { kind: "database", id, name: input.name };
  const deed = { action: "database.create", target, detail: { projectId, ...detailOf(input) } };
  await audited(context, deed, async (tx) => {
    const made = await tx.query(
      `insert into databases (id, tenant_id, project_id, name, host, port, database_name, username, password, tls_mode,
                              ca_certificate, statement_timeout_ms, every_seconds, slow_ms, is_enabled)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing returning id`,
      [
        id,
        context.tenantId,
        projectId,
        input.name,
        input.host,
        input.port,
        input.database,
        input.username,
        context.box.seal(input.password, DATABASE_PASSWORD),
        input.tls,
        input.caCertificate,
        input.statementTimeoutMs,
        input.everySeconds,
        input.slowMs,
        input.isEnabled,
      ],
    );
    if (made.length === 0)
      throw new AccessError(
        "already_exists",
        `There is a database named ${input.name} already: change that one.`,
      );
    await tx.query("insert into database_states (database_id, tenant_id) values ($1, $2)", [
      id,
      context.tenantId,
    ]);
  });
  return id;
}

/** Where a password would go that was given for somewhere else. */
const WHERE = ["host", "port", "username", "tls", "caCertificate"] as const;

/** @throws {AccessError} unknown_database, already_exists, invalid_input */
export async function changeDatabase(
  context: DatabaseContext,
  id: string,
  change: DatabaseChange,
): Promise<void> {
  const deed = { action: "database.change", target: { kind: "database", id } };
  await audited(context, deed, async (tx, note) => {
    const before = await lockedDatabase(tx, id);
    const { password, ...rest } = change;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const after: DatabaseRow = { ...before, ...given };
    note.target = { kind: "database", id, name: after.name };
    note.detail = { ...detailOf(after), hasNewPassword: password !== undefined };
    if (password === undefined && WHERE.some((field) => after[field] !== before[field]))
      throw new AccessError(
        "invalid_input",
        "Give the password again: it is not sent to another address, user or with other TLS than it was given for.",
      );
    const [same] = await tx.query(
      "select id from databases where project_id = $1 and name = $2 and id <> $3",
      [before.projectId, after.name, id],
    );
    if (same !== undefined)
      throw new AccessError("already_exists", `There is a database named ${after.name} already.`);
    await tx.query(
      `update databases set name = $2, host = $3, port = $4, database_name = $5, username = $6, password = $7, tls_mode = $8,
              ca_certificate = $9, statement_timeout_ms = $10, every_seconds = $11, slow_ms = $12, is_enabled = $13,
              changed_at = now()
       where id = $1`,
      [
        id,
        after.name,
        after.host,
        after.port,
        after.database,
        after.username,
        password === undefined ? before.password : context.box.seal(password, DATABASE_PASSWORD),
        after.tls,
        after.caCertificate,
        after.statementTimeoutMs,
        after.everySeconds,
        after.slowMs,
        after.isEnabled,
      ],
    );
  });
  // States are the collector's. What it knew of another server is no basis for differences.
  await context.control.query(
    `update database_states set next_at = now(), claim = null, failures = 0, counters = null
     where tenant_id = $1 and database_id = $2`,
    [context.tenantId, id],
  );
}

/** @throws {AccessError} unknown_database */
export async function deleteDatabase(context: DatabaseContext, id: string): Promise<void> {
  await audited(
    context,
    { action: "database.delete", target: { kind: "database", id } },
    async (tx, note) => {
      const before = await lockedDatabase(tx, id);
      note.target = { kind: "database", id, name: before.name };
      note.detail = detailOf(before);
      await tx.query("delete from databases where id = $1", [id]);
    },
  );
}

/** Which project a database is of; null where the organisation has none with this id. */
export async function projectOfDatabase(
  { control, tenantId }: Pick<DatabaseContext, "control" | "tenantId">,
  id: string,
): Promise<string | null> {
  const [row] = await control.readAsTenant(tenantId, (tx) =>
    tx.query<{ projectId: string }>('select project_id as "projectId" from databases where id = $1', [id]),
  );
  return row?.projectId ?? null;
}

export function unknownDatabase(): AccessError {
  return new AccessError(
    "unknown_database",
    "There is no database with this id: it may have been taken away.",
  );
}

async function lockedDatabase(tx: SqlExecutor, id: string): Promise<DatabaseRow> {
  const [row] = await tx.query<DatabaseRow>(
    `select ${DATABASE_COLUMNS} from databases d where d.id = $1 for update`,
    [id],
  );
  if (row === undefined) throw unknownDatabase();
  return row;
}

/** Without the password. */
function detailOf(row: Omit<NewDatabase, "project" | "password" | "name">) {
  const { host, port, database, username, tls, statementTimeoutMs, everySeconds, slowMs, isEnabled } = row;
  return { host, port, database, username, tls, statementTimeoutMs, everySeconds, slowMs, isEnabled };
}
