import type { Span } from "@opentelemetry/api";

/** The error's class as `exception.type`; the SDK alone prefers a `code`, which says little without it. */
export function recordError(span: Span, { name, message, stack }: Error): void {
  span.recordException({ name, message, ...(stack === undefined ? {} : { stack }) });
}
