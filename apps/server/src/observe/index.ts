/** The product's own telemetry: traces, logs and metrics of this process, into the project `throughline`. */
export { createOwnExporters } from "./ingestExporter.ts";
export { createLog } from "./log.ts";
export { OWN_SERVICE, startOpenTelemetry, type OpenTelemetry } from "./openTelemetry.ts";
export { observeProcess } from "./processMetrics.ts";
export { requestSpans } from "./requestSpans.ts";
export { withControlSpans, withTelemetrySpans } from "./storeSpans.ts";
