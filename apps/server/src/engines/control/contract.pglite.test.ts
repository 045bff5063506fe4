/** The control store on the embedded PostgreSQL: the shared contract. Its own dangers are in pglite.test.ts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyEmptyCluster } from "../../../../../test/harness/controlStore.ts";
import { controlStoreContract } from "./contract/index.ts";
import { openPglite } from "./pglite.ts";

const folder = await mkdtemp(join(tmpdir(), "throughline-contract-"));
let opened = 0;

controlStoreContract({
  name: "PGlite",
  openEmpty: async (limits) => {
    const dir = join(folder, String(++opened));
    await copyEmptyCluster(dir);
    return await openPglite(dir, limits);
  },
  cleanUp: () => rm(folder, { recursive: true, force: true }),
});
