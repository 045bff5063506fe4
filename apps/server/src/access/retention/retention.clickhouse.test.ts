import { join } from "node:path";
import { openClickhouseHttp } from "../../../../../test/harness/clickhouseHttp.ts";
import { openTelemetryStore } from "../../engines/telemetry/index.ts";
import { retentionSuite } from "./suite.ts";

retentionSuite("a server over HTTP", async (folder) => {
  const server = await openClickhouseHttp(join(folder, "server"));
  return {
    open: () => openTelemetryStore({ dataDir: folder, clickhouseUrl: server.url }),
    close: () => server.close(),
  };
});
