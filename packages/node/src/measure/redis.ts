/** Both Redis clients alike: spans named after the command, statements without keys and values. */
import { trace, type Tracer, type TracerProvider } from "@opentelemetry/api";
import { IORedisInstrumentation } from "@opentelemetry/instrumentation-ioredis";
import { RedisInstrumentation } from "@opentelemetry/instrumentation-redis";

/** More of them are told apart by nobody, and `MGET` takes thousands. */
const ARGUMENTS_MAX = 3;

/**
 * `SET ? ?`. Keys are left out with the values: they hold ids, mail addresses and sessions, and with them each execution
 * would be a statement of its own.
 */
export function redisStatement(command: string, args: readonly unknown[]): string {
  const marks = args.slice(0, ARGUMENTS_MAX).map(() => "?");
  if (args.length > ARGUMENTS_MAX) marks.push("…");
  return [command.toUpperCase(), ...marks].join(" ");
}

export function watchRedis(): void {
  const redis = new RedisInstrumentation({ dbStatementSerializer: redisStatement });
  redis.setTracerProvider(namedAfterCommand(trace.getTracerProvider()));
}

export function watchIoRedis(): IORedisInstrumentation {
  return new IORedisInstrumentation({
    dbStatementSerializer: redisStatement,
    requestHook: (span, { cmdName }) => span.updateName(cmdName.toUpperCase()),
  });
}

/** The instrumentation begins all names with `redis-`, which the conventions don't. */
function namedAfterCommand(provider: TracerProvider): TracerProvider {
  return {
    getTracer: (...scope) => {
      const tracer = provider.getTracer(...scope);
      const startSpan: Tracer["startSpan"] = (name, ...rest) =>
        tracer.startSpan(name.replace(/^redis-/, ""), ...rest);
      return { startSpan, startActiveSpan: tracer.startActiveSpan.bind(tracer) };
    },
  };
}
