import { logs, SeverityNumber, type AnyValue } from "@opentelemetry/api";

/**
 * Something that happened in the business: `event("order.completed", { "order.value": 49.9, currency: "EUR" })`. It leaves as
 * an OpenTelemetry log record with that event name, with the trace it happened in. Any name will do. Never throws.
 */
export function event(name: string, attributes: Record<string, AnyValue> = {}): void {
  logs.getLogger("@throughline/node/events", "0.1.0").emit({
    eventName: name,
    severityNumber: SeverityNumber.INFO,
    severityText: "INFO",
    body: name,
    // Servers that do not read the record's own field yet find the name here.
    attributes: { ...attributes, "event.name": name },
  });
}
