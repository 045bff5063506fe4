/** Who may what, with the control data on a real PostgreSQL server. */
import { after } from "node:test";
import { accessSuites } from "../../apps/server/src/http/accessContract/index.ts";
import { openControlStore } from "../../apps/server/src/engines/control/index.ts";
import { startPostgres } from "../harness/postgres.ts";

const server = await startPostgres();
after(() => server.stop());

accessSuites({
  name: "PostgreSQL",
  open: async () => {
    const store = await openControlStore({ dataDir: "/unused", databaseUrl: await server.createDatabase() });
    return { store, dispose: () => store.close() };
  },
});
