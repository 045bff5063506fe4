/**
 * Client spans of questions to the two stores, only inside a traced request: what the live hub and the loader ask
 * by themselves makes none, or watching the product would feed what is watched.
 * https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ControlStore, SqlExecutor } from "../engines/control/index.ts";
import type { TelemetryStore } from "../engines/telemetry/index.ts";
import { recordError } from "./recordError.ts";

const tracer = trace.getTracer("throughline.engines");

/** The same store whose scoped reads show up in traces under their question's name. */
export function withTelemetrySpans(store: TelemetryStore): Pick<TelemetryStore, "scoped"> {
  return {
    scoped(scope) {
      const reader = store.scoped(scope);
      return {
        scope,
        query: (sql, params, options) =>
          inSpan(
            options.name,
            { "db.system.name": "clickhouse", "db.query.summary": options.name, "db.query.text": sql },
            () => reader.query(sql, params, options),
          ),
      };
    },
  };
}

/** The same store whose statements show up in traces. Statements hold placeholders only, never values. */
export function withControlSpans(store: ControlStore): ControlStore {
  const traced = (executor: SqlExecutor): SqlExecutor => ({
    query: (sql, params) => {
      const operation = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? "SQL";
      const attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": operation,
        "db.query.text": sql,
      };
      return inSpan(operation, attributes, () => executor.query(sql, params));
    },
  });
  return {
    backend: store.backend,
    query: traced(store).query,
    transaction: (work) => store.transaction((tx) => work(traced(tx))),
    asTenant: (tenantId, work) => store.asTenant(tenantId, (tx) => work(traced(tx))),
    readAsTenant: (tenantId, work) => store.readAsTenant(tenantId, (tx) => work(traced(tx))),
    health: () => store.health(),
    close: () => store.close(),
  };
}

async function inSpan<T>(
  name: string,
  attributes: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  if (trace.getActiveSpan() === undefined) return await work();
  return await tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error) recordError(span, error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
