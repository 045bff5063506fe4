/** The control store on a real PostgreSQL server: the shared contract, and what only a server can do to it. */
import { controlStoreContract } from "../../apps/server/src/engines/control/contractSuite.ts";
import { openPostgres } from "../../apps/server/src/engines/control/postgres.ts";
import { startPostgres } from "../harness/postgres.ts";

const server = await startPostgres();

controlStoreContract({
  name: "PostgreSQL",
  openEmpty: async (limits) => openPostgres(await server.createDatabase(), limits),
  cleanUp: () => server.stop(),
});
