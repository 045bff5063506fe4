import { openTelemetryStore } from "../../engines/telemetry/index.ts";
import { retentionSuite } from "./suite.ts";

retentionSuite("the embedded engine", async (folder) => ({
  open: () => openTelemetryStore({ dataDir: folder }),
  async close() {},
}));
