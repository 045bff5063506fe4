/** OpenTelemetry for Node as its own documentation sets it up: what @throughline/node is measured against. */
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import { startNodeSdk } from "@opentelemetry/sdk-node";
import { register } from "import-in-the-middle/register-hooks.mjs";

register({ include: ["http", "node:http", "pg", "pg-pool"] });
startNodeSdk({
  instrumentations: [new HttpInstrumentation(), new PgInstrumentation(), new RuntimeNodeInstrumentation()],
});
