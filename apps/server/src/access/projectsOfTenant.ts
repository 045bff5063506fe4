import type { ControlStore } from "../engines/control/store.ts";

export interface ProjectRecord {
  readonly id: string;
  readonly name: string;
}

/** The tenant's projects, by name. */
export async function projectsOfTenant(
  control: ControlStore,
  tenantId: string,
): Promise<readonly ProjectRecord[]> {
  return await control.readAsTenant(tenantId, (tx) =>
    tx.query<ProjectRecord>("select id, name from projects order by name, id"),
  );
}
