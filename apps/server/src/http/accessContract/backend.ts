/** What these suites need of a backend: a migrated, otherwise empty control store. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ControlStore } from "../../engines/control/index.ts";
import {
  type Engines,
  type EnginesOptions,
  type Instance,
  type InstanceOptions,
  openEngines,
  openInstance,
} from "../testRig.ts";

export interface AccessBackend {
  readonly name: string;
  open(): Promise<{ readonly store: ControlStore; dispose(): Promise<void> }>;
}

const WEB = fileURLToPath(new URL("../../../../web/", import.meta.url));
const DIST_DIR = `${WEB}dist`;

/** Pages are routes too. What was built before is good enough: other suites may be reading it. */
async function ensureBuilt(): Promise<void> {
  if (!existsSync(DIST_DIR)) await promisify(execFile)(process.execPath, [`${WEB}build.ts`]);
}

export interface Rig extends Instance {
  readonly engines: Engines;
  readonly control: ControlStore;
  /** The installation's first organisation. */
  readonly tenantId: string;
  /** Another process on the same stores. */
  openSecond(): Promise<Instance>;
}

export async function openRig(
  backend: AccessBackend,
  options: Omit<InstanceOptions, "distDir"> & EnginesOptions = {},
): Promise<Rig> {
  await ensureBuilt();
  const { store, dispose } = await backend.open();
  const engines = await openEngines(store, options);
  const instance = await openInstance(engines, { distDir: DIST_DIR, ...options });
  return {
    ...instance,
    engines,
    control: store,
    tenantId: engines.firstTenantId,
    openSecond: () => openInstance(engines, { distDir: DIST_DIR, ...options }),
    async close() {
      await instance.close();
      await engines.close();
      await dispose();
    },
  };
}
