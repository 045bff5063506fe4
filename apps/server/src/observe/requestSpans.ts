/**
 * One server span a request, by the HTTP semantic conventions, and the standard request duration metric. A request that
 * a page makes to its own API inside the process becomes an internal span of the page's trace.
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
import {
  context,
  metrics,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
} from "@opentelemetry/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { recordError } from "./recordError.ts";

/** Of telemetry that is sent in, one request a second gets a span: its volume is the users', not ours. */
const INGEST_SPAN_EVERY_MS = 1000;

export const requestSpans = fastifyPlugin(
  async (app: FastifyInstance) => {
    const tracer = trace.getTracer("throughline.http");
    const duration = metrics.getMeter("throughline.http").createHistogram("http.server.request.duration", {
      unit: "s",
      description: "Duration of HTTP server requests.",
      advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
    });
    const spans = new WeakMap<FastifyRequest, Span>();
    let nextIngestSpanAtMs = 0;

    function isWanted(request: FastifyRequest): boolean {
      const { permission, isLongLived } = request.routeOptions.config;
      if (isLongLived === true) return false;
      if (permission !== "ingest:write") return true;
      const nowMs = performance.now();
      if (nowMs < nextIngestSpanAtMs) return false;
      nextIngestSpanAtMs = nowMs + INGEST_SPAN_EVERY_MS;
      return true;
    }

    app.addHook("onRequest", (request, _reply, done) => {
      if (!isWanted(request)) return done();
      const outer = trace.getActiveSpan();
      const parent =
        outer === undefined ? propagation.extract(context.active(), request.headers) : context.active();
      const route = request.routeOptions.url;
      const span = tracer.startSpan(
        route === undefined ? request.method : `${request.method} ${route}`,
        {
          kind: outer === undefined ? SpanKind.SERVER : SpanKind.INTERNAL,
          attributes: {
            "http.request.method": request.method,
            "url.path": request.url.split("?", 1)[0] ?? "",
            "url.scheme": request.protocol,
            "server.address": request.hostname,
            "network.protocol.version": request.raw.httpVersion,
            "user_agent.original": request.headers["user-agent"] ?? "",
            ...(route === undefined ? {} : { "http.route": route }),
          },
        },
        parent,
      );
      spans.set(request, span);
      context.with(trace.setSpan(parent, span), done);
    });

    app.addHook("onError", async (request, _reply, error) => {
      const span = spans.get(request);
      if (span !== undefined) recordError(span, error);
    });

    app.addHook("onResponse", async (request, reply) => {
      const span = spans.get(request);
      finish(span, reply);
      if (span === undefined) return;
      duration.record(reply.elapsedTime / 1000, {
        "http.request.method": request.method,
        "http.response.status_code": reply.statusCode,
        "url.scheme": request.protocol,
        ...(request.routeOptions.url === undefined ? {} : { "http.route": request.routeOptions.url }),
      });
    });

    app.addHook("onRequestAbort", async (request) => {
      spans.get(request)?.addEvent("The client went away before the answer.");
    });
  },
  { name: "request-spans" },
);

function finish(span: Span | undefined, reply: FastifyReply): void {
  if (span === undefined) return;
  span.setAttribute("http.response.status_code", reply.statusCode);
  const sizeBytes = Number(reply.getHeader("content-length"));
  if (sizeBytes > 0) span.setAttribute("http.response.body.size", sizeBytes);
  if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Event streams: their duration says nothing, so they get no span. */
    isLongLived?: boolean;
  }
}
