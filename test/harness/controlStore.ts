/**
 * Embedded control stores for tests. Creating a cluster takes seconds, copying one does not: the first call of a
 * process makes a template, every call gets a copy in a temporary folder of its own.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  openControlStore,
  type ControlLimits,
  type ControlStore,
} from "../../apps/server/src/engines/control/index.ts";
import { createClusterIfMissing } from "../../apps/server/src/engines/control/createCluster.ts";

export interface TestControlStore {
  readonly store: ControlStore;
  readonly dataDir: string;
  /** Closes the store and removes its folder. */
  dispose(): Promise<void>;
}

let template: Promise<string> | undefined;

/** A migrated, otherwise empty store. */
export async function openTestControlStore(limits?: Partial<ControlLimits>): Promise<TestControlStore> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-control-"));
  await copyEmptyCluster(join(dataDir, "control"));
  const store = await openControlStore({ dataDir, limits });
  return {
    store,
    dataDir,
    dispose: async () => {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Puts a cluster without any table of ours into `dir`, as openPglite() would create it. */
export async function copyEmptyCluster(dir: string): Promise<void> {
  template ??= makeTemplate();
  await cp(await template, dir, { recursive: true });
}

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-control-template-"));
  process.once("exit", () => {
    // Synchronous: nothing else runs any more.
    rmSync(folder, { recursive: true, force: true });
  });
  await createClusterIfMissing(join(folder, "cluster"));
  return folder;
}
