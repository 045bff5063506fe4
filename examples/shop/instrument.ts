/**
 * OpenTelemetry, set up the way its own documentation says, and loaded before anything else:
 *
 *     node --import ./instrument.ts web/server.ts
 *
 * Where to send, under which name and how often comes from the standard OTEL_* variables.
 */
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import { startNodeSdk } from "@opentelemetry/sdk-node";
import { register } from "import-in-the-middle/register-hooks.mjs";

// `import http from "node:http"` and `import pg from "pg"` are ES modules: only a loader hook can wrap those.
register({ include: ["http", "node:http", "pg", "pg-pool"] });

const sdk = startNodeSdk({
  instrumentations: [
    new HttpInstrumentation(),
    new PgInstrumentation({ requireParentSpan: true }),
    new RuntimeNodeInstrumentation(),
  ],
});

/** Sends what is still waiting and stops. Called last when a process ends. */
export const flushTelemetry = () => sdk.shutdown();
