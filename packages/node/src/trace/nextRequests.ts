/**
 * Next.js makes spans itself. Below Node's own HTTP span it opens a second one of kind server for the same request, and it
 * says the route when the answer is on its way, which may be after the end of Node's span. Here a request stays one server
 * span, and its route is noted as soon as Next.js knows it.
 * https://nextjs.org/docs/app/guides/open-telemetry#default-spans-in-nextjs
 */
import { SpanKind, type Attributes, type Context } from "@opentelemetry/api";
import { getRPCMetadata, RPCType } from "@opentelemetry/core";
import type { RecordedSpan } from "./recordedSpan.ts";

const OWN_REQUEST_SPAN = "BaseServer.handleRequest";
/** Requests of one process at a time; those beyond keep both spans. */
const OPEN_MAX = 10_000;

export class NextRequests {
  /** Server spans of this process that have not ended, by their trace: a service that calls itself has several in one. */
  private readonly open = new Map<string, RecordedSpan[]>();

  /** @returns internal for the span that Next.js opens of a request which has its server span already */
  kindOf(kind: SpanKind, traceId: string, attributes: Attributes): SpanKind {
    // Behind middleware its parent is told by a header, so only the trace says that both are one request.
    const isSecond =
      kind === SpanKind.SERVER && attributes["next.span_type"] === OWN_REQUEST_SPAN && this.open.has(traceId);
    return isSecond ? SpanKind.INTERNAL : kind;
  }

  /** @param context what the span was started in */
  started(span: RecordedSpan, context: Context): void {
    const { traceId } = span.spanContext();
    const { "next.route": route } = span.attributes;
    if (typeof route === "string") this.noteRoute(route, traceId, context);
    if (span.kind !== SpanKind.SERVER) return;
    const known = this.open.get(traceId);
    if (known !== undefined) known.push(span);
    else if (this.open.size < OPEN_MAX) this.open.set(traceId, [span]);
  }

  ended(span: RecordedSpan): void {
    if (span.kind !== SpanKind.SERVER) return;
    const { traceId } = span.spanContext();
    const others = this.open.get(traceId)?.filter((each) => each !== span) ?? [];
    if (others.length > 0) this.open.set(traceId, others);
    else this.open.delete(traceId);
  }

  private noteRoute(route: string, traceId: string, context: Context): void {
    const metadata = getRPCMetadata(context);
    if (metadata?.type === RPCType.HTTP) {
      metadata.route = route;
      return;
    }
    const [request, ...others] = this.open.get(traceId) ?? [];
    if (request === undefined || others.length > 0) return;
    request.setAttribute("http.route", route);
    const { "http.request.method": method } = request.attributes;
    if (typeof method === "string") request.updateName(`${method} ${route}`);
  }
}
