/**
 * Routes and errors of Fastify, from the diagnostics channel it publishes itself: no span a hook, no patching.
 * https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
 */
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { getRPCMetadata, RPCType } from "@opentelemetry/core";
import { subscribe } from "node:diagnostics_channel";

interface Handled {
  readonly route?: { readonly url?: string };
  readonly error?: unknown;
}

/** Listens for the rest of the process's life; costs nothing where there is no Fastify. */
export function watchFastify(): void {
  subscribe("tracing:fastify.request.handler:start", (message) => {
    const metadata = getRPCMetadata(context.active());
    const { route } = message as Handled;
    if (metadata?.type === RPCType.HTTP && route?.url !== undefined) metadata.route = route.url;
  });
  subscribe("tracing:fastify.request.handler:error", (message) => {
    const metadata = getRPCMetadata(context.active());
    const span = metadata?.type === RPCType.HTTP ? metadata.span : trace.getActiveSpan();
    const { error } = message as Handled;
    if (span === undefined || !(error instanceof Error) || isClientError(error)) return;
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  });
}

/** `reply.code(404)` by an error is an answer, no failure of the server. */
function isClientError(error: Error & { statusCode?: unknown }): boolean {
  return typeof error.statusCode === "number" && error.statusCode >= 400 && error.statusCode < 500;
}
