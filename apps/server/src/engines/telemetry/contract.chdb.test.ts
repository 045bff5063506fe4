import { telemetryContract } from "./contract/suite.ts";
import { openTelemetryStore } from "./index.ts";

telemetryContract("telemetry store on the embedded engine", async (folder) => ({
  name: "chdb",
  open: () => openTelemetryStore({ dataDir: folder }),
  async close() {},
}));
