/**
 * Which projects an organisation has, remembered for four seconds: each read of telemetry names one, and asking the
 * control store costs more than all else that access does to it. Each list is read under row-level security and kept by
 * its organisation. A project that was deleted is gone within five seconds on every instance, at once where it was done.
 */
import type { ControlStore } from "../engines/control/store.ts";
import { AGE_MS_MAX } from "./keyring.ts";
import { type ProjectRecord, projectsOfTenant } from "./projectsOfTenant.ts";

export interface ProjectLists {
  /** As they are now, by name. */
  now(tenantId: string): Promise<readonly ProjectRecord[]>;
  /** The project as it was at most four seconds ago; one that is not remembered is looked for. Null: there is none. */
  find(tenantId: string, projectId: string): Promise<ProjectRecord | null>;
  /** For whoever just changed a project and wants this instance to know at once. */
  forget(): void;
}

const TENANTS_MAX = 1_000;

interface Remembered {
  readonly records: readonly ProjectRecord[];
  readonly loadedAtMs: number;
}

/** @param nowMs a clock that never goes back. */
export function createProjectLists(
  control: ControlStore,
  nowMs: () => number = () => performance.now(),
): ProjectLists {
  const remembered = new Map<string, Remembered>();
  let generation = 0;

  async function now(tenantId: string): Promise<readonly ProjectRecord[]> {
    const [loadedAtMs, startedIn] = [nowMs(), generation];
    const records = await projectsOfTenant(control, tenantId);
    // What was read before somebody said "forget" may be what they wanted forgotten.
    if (generation === startedIn) remember(tenantId, { records, loadedAtMs });
    return records;
  }

  function remember(tenantId: string, list: Remembered): void {
    remembered.delete(tenantId);
    remembered.set(tenantId, list);
    const [oldest] = remembered.keys();
    if (remembered.size > TENANTS_MAX && oldest !== undefined) remembered.delete(oldest);
  }

  return {
    now,
    async find(tenantId, projectId) {
      const list = remembered.get(tenantId);
      const isFresh = list !== undefined && nowMs() - list.loadedAtMs < AGE_MS_MAX;
      const known = isFresh ? list.records.find(({ id }) => id === projectId) : undefined;
      return known ?? (await now(tenantId)).find(({ id }) => id === projectId) ?? null;
    },
    forget() {
      generation += 1;
      remembered.clear();
    },
  };
}
