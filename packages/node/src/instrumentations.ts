/** What is measured by itself: OpenTelemetry's own instrumentations, with settings that keep a request cheap. */
import { metrics } from "@opentelemetry/api";
import { ExpressInstrumentation, ExpressLayerType } from "@opentelemetry/instrumentation-express";
import { GraphQLInstrumentation } from "@opentelemetry/instrumentation-graphql";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { MySQL2Instrumentation } from "@opentelemetry/instrumentation-mysql2";
import { NestInstrumentation } from "@opentelemetry/instrumentation-nestjs-core";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { watchFastify } from "./measure/fastify.ts";
import { countServerBodies, setBodySizes } from "./measure/httpSizes.ts";
import { PgPoolInstrumentation } from "./measure/pgPool.ts";
import { watchIoRedis, watchRedis } from "./measure/redis.ts";
import type { Settings } from "./setup/settings.ts";

const STARTERS = {
  http: () =>
    new HttpInstrumentation({
      responseHook: (_span, response) => countServerBodies(response),
      applyCustomAttributesOnSpan: setBodySizes,
    }),
  undici: () => new UndiciInstrumentation(),
  fastify: () => watchFastify(),
  // A span for each middleware costs more than it tells; the handler's own says what was thrown in it.
  express: () =>
    new ExpressInstrumentation({ ignoreLayersType: [ExpressLayerType.MIDDLEWARE, ExpressLayerType.ROUTER] }),
  "nestjs-core": () => new NestInstrumentation(),
  graphql: () => new GraphQLInstrumentation({ mergeItems: true, ignoreTrivialResolveSpans: true }),
  // Waiting for a connection has a span of our own, but only where somebody waited.
  pg: () => [new PgInstrumentation({ ignoreConnectSpans: true }), new PgPoolInstrumentation()],
  mysql2: () => new MySQL2Instrumentation({ maskStatement: true }),
  redis: () => watchRedis(),
  ioredis: () => watchIoRedis(),
  "runtime-node": ({ metricEveryMs }: Settings) => {
    const runtime = new RuntimeNodeInstrumentation({ monitoringPrecision: Math.min(10, metricEveryMs) });
    // It makes its instruments only when it is told a provider.
    runtime.setMeterProvider(metrics.getMeterProvider());
  },
} as const;

/** Packages that are patched when they are loaded, for the hooks of ES modules. */
export const HOOKED_PACKAGES = [
  "express",
  "@nestjs/core",
  "graphql",
  "pg",
  "pg-pool",
  "mysql2",
  "redis",
  "@redis/client",
  "ioredis",
] as const;

/** Starts those that the settings name. The global providers must be set before. */
export function startInstrumentations(settings: Settings): void {
  const { enabledInstrumentations: enabled, disabledInstrumentations: disabled } = settings;
  for (const [name, start] of Object.entries(STARTERS)) {
    if ((enabled?.includes(name) ?? true) && !disabled.includes(name)) start(settings);
  }
}
