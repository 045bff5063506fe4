import { join } from "node:path";
import { openClickhouseHttp } from "../../../../../test/harness/clickhouseHttp.ts";
import { openTelemetryStore } from "../../engines/telemetry/index.ts";
import { storageSuite } from "./suite.ts";

storageSuite("a server over HTTP", async (folder) => {
  const server = await openClickhouseHttp(join(folder, "server"));
  return {
    name: "clickhouse",
    open: () => openTelemetryStore({ dataDir: folder, clickhouseUrl: server.url }),
    close: () => server.close(),
  };
});
