import { join } from "node:path";
import { openClickhouseHttp } from "../../../../../test/harness/clickhouseHttp.ts";
import { telemetryContract } from "./contract/suite.ts";
import { openTelemetryStore } from "./index.ts";

telemetryContract("telemetry store on a server over HTTP", async (folder) => {
  const server = await openClickhouseHttp(join(folder, "server"));
  return {
    name: "clickhouse",
    open: () => openTelemetryStore({ dataDir: folder, clickhouseUrl: server.url }),
    close: () => server.close(),
  };
});
