/** The first start of an installation: its tenant, its two projects, its first ingest key. */
import { randomUUIDv7 } from "node:crypto";
import type { ControlStore, SqlExecutor } from "../engines/control/store.ts";
import { insertIngestKey } from "./createIngestKey.ts";

export const DEFAULT_PROJECT = "default";
/** Where the product's own telemetry goes. */
export const OWN_PROJECT = "throughline";

const FIRST_PROJECTS = [
  { id: DEFAULT_PROJECT, name: "Default" },
  { id: OWN_PROJECT, name: "Throughline itself" },
];

export interface Installation {
  readonly tenantId: string;
  /** The key of the project `default`, at the first start only: print it, nobody can read it again. */
  readonly firstIngestKey: string | null;
}

/** Does its work once per database, however many instances start at the same moment. */
export async function bootstrap(control: ControlStore): Promise<Installation> {
  return await control.transaction(async (tx) => {
    const tenantId = randomUUIDv7();
    // A second instance waits here for the first one's commit and then inserts nothing.
    const claimed = await tx.query(
      "insert into settings (key, value) values ('default_tenant', $1) on conflict (key) do nothing returning key",
      [{ id: tenantId }],
    );
    if (claimed.length === 0) {
      const existing = await firstTenantOf(tx);
      if (existing === null) throw new Error("The setting default_tenant is there and can't be read.");
      return { tenantId: existing, firstIngestKey: null };
    }
    await tx.query("insert into tenants (id, name) values ($1, 'Default')", [tenantId]);
    for (const { id, name } of FIRST_PROJECTS) {
      await tx.query("insert into projects (id, tenant_id, name) values ($1, $2, $3)", [id, tenantId, name]);
    }
    const { key } = await insertIngestKey(tx, {
      tenantId,
      projectId: DEFAULT_PROJECT,
      name: "First key",
      kind: "server",
    });
    return { tenantId, firstIngestKey: key };
  });
}

/** Null in a database that no product has started on yet. */
export async function firstTenantOf(control: SqlExecutor): Promise<string | null> {
  const [row] = await control.query<{ id: string }>(
    "select value->>'id' as id from settings where key = 'default_tenant'",
  );
  return row?.id ?? null;
}
