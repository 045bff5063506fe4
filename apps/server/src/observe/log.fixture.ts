/**
 * Child of log.test.ts: `node log.fixture.ts <level> <terminal>`. Writes one line of every kind and sends the records
 * that OpenTelemetry got of them to its parent; the lines themselves are its output.
 */
import { context, logs, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { logLevelOf, SECRET_HEADERS, SPAN } from "./logLines.fixture.ts";
import { createLog } from "./log.ts";

const [level, terminal] = process.argv.slice(2);
const exporter = new InMemoryLogRecordExporter();
logs.setGlobalLoggerProvider(
  new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new TracerProvider({}));

const log = createLog(logLevelOf(level), terminal === "terminal");
for (const name of ["trace", "debug", "info", "warn", "error", "fatal"] as const)
  log[name](`a line at ${name}`);
log.info({ segment: 7, table: "spans", nested: { a: [1, null] }, isIt: true }, "with details");
log.warn({ err: new TypeError("broken", { cause: new Error("the reason") }) }, "with an error");
log.warn({ err: "just words" }, "with what is no error");
log.error(new RangeError("alone"));
log.info({ headers: SECRET_HEADERS, req: { headers: SECRET_HEADERS } }, "with headers");
log.info({ res: { headers: SECRET_HEADERS } }, "with an answer's headers");
log.child({ reqId: "req-1" }).info({}, "of a request");
context.with(trace.setSpanContext(context.active(), SPAN), () => log.info("inside of a span"));
log.info("two\nlines");

log.flush();
const records = exporter.getFinishedLogRecords().map((record) => ({
  body: record.body,
  severityNumber: record.severityNumber,
  severityText: record.severityText,
  attributes: record.attributes,
  seconds: record.hrTime[0],
  traceId: record.spanContext?.traceId ?? "",
  spanId: record.spanContext?.spanId ?? "",
}));
process.send?.(records);
process.disconnect?.();
