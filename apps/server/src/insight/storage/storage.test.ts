import { openTelemetryStore } from "../../engines/telemetry/index.ts";
import { storageSuite } from "./suite.ts";

storageSuite("the embedded engine", async (folder) => ({
  name: "chdb",
  open: () => openTelemetryStore({ dataDir: folder }),
  async close() {},
}));
