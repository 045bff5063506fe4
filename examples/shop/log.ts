import { type Attributes, logs, SeverityNumber } from "@opentelemetry/api";

const logger = logs.getLogger("shop");

function write(severityNumber: SeverityNumber, severityText: string) {
  return (body: string, attributes: Attributes = {}) =>
    logger.emit({ severityNumber, severityText, body, attributes });
}

/** Structured logs; the SDK adds trace and span id of whatever is going on. */
export const log = {
  /** What the business counts: an event by its name, see packages/contract/src/business.ts. */
  event: (eventName: string, body: string, attributes: Attributes) =>
    logger.emit({ eventName, severityNumber: SeverityNumber.INFO, severityText: "INFO", body, attributes }),
  info: write(SeverityNumber.INFO, "INFO"),
  warn: write(SeverityNumber.WARN, "WARN"),
  error: (body: string, error: unknown, attributes: Attributes = {}) =>
    write(SeverityNumber.ERROR, "ERROR")(body, { ...attributes, ...describe(error) }),
};

function describe(error: unknown): Attributes {
  if (!(error instanceof Error)) return { "exception.message": String(error) };
  return {
    "exception.type": error.name,
    "exception.message": error.message,
    ...(error.stack === undefined ? {} : { "exception.stacktrace": error.stack }),
  };
}
