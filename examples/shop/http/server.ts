/** A small HTTP server: routes with parameters, their names on the spans, errors as answers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Attributes, context, SpanStatusCode, trace } from "@opentelemetry/api";
import { getRPCMetadata, RPCType } from "@opentelemetry/core";
import { ATTR_HTTP_ROUTE } from "@opentelemetry/semantic-conventions";
import { log } from "../log.ts";

const MAX_BODY_BYTES = 64 * 1024;
const PARAMETER = /:(\w+)/g;

export interface Request {
  params: Record<string, string>;
  query: URLSearchParams;
  /** Fields of a JSON or form body; empty for GET. */
  body: Record<string, string>;
  cookies: Record<string, string>;
  remoteAddress: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

export type Handler = (request: Request) => Promise<Reply> | Reply;
/** `"GET /products/:id"` → what answers it. */
export type Routes = Record<string, Handler>;

/** An error that is the caller's to know: its status and a sentence. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpError";
    this.status = status;
  }
}

export function json(value: unknown, status = 200): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

interface Route {
  path: string;
  method: string;
  pattern: RegExp;
  handle: Handler;
}

function compile(routes: Routes): Route[] {
  return Object.entries(routes).map(([name, handle]) => {
    const [method = "", path = ""] = name.split(" ");
    return { path, method, pattern: new RegExp(`^${path.replace(PARAMETER, "(?<$1>[^/]+)")}$`), handle };
  });
}

function find(routes: Route[], method: string, path: string) {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match) return { route, params: { ...match.groups } };
  }
  throw new HttpError(404, `There is nothing at ${path}.`);
}

/** Writes on the span of this request, unless it has ended: the visitor may have gone. */
export function annotate(attributes: Attributes): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording()) span.setAttributes(attributes);
}

/** Names the server span after the route, which the HTTP instrumentation can't know. */
function nameSpan(method: string, path: string): void {
  trace.getActiveSpan()?.setAttribute(ATTR_HTTP_ROUTE, path).updateName(`${method} ${path}`);
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = path;
}

async function readBody(incoming: IncomingMessage): Promise<Record<string, string>> {
  if (incoming.method !== "POST") return {};
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new HttpError(413, "The request is too large.");
  }
  if (!incoming.headers["content-type"]?.startsWith("application/json"))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    const fields: unknown = JSON.parse(text);
    return Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [key, String(value)]));
  } catch {
    throw new HttpError(400, "The body is not JSON.");
  }
}

function cookiesOf(incoming: IncomingMessage): Record<string, string> {
  const pairs = (incoming.headers.cookie ?? "").split("; ").map((pair) => pair.split("=", 2));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2));
}

/**
 * Serves `routes`; `onError` turns what a handler threw into a reply.
 * An unexpected error marks the span as failed, with the exception, and is logged.
 */
export function createShopServer(routes: Routes, onError: (status: number, message: string) => Reply) {
  const compiled = compile(routes);

  async function answer(incoming: IncomingMessage): Promise<Reply> {
    try {
      const url = new URL(incoming.url ?? "/", "http://shop");
      const { route, params } = find(compiled, incoming.method ?? "GET", url.pathname);
      nameSpan(route.method, route.path);
      return await route.handle({
        params,
        query: url.searchParams,
        body: await readBody(incoming),
        cookies: cookiesOf(incoming),
        remoteAddress: incoming.socket.remoteAddress ?? "",
      });
    } catch (error) {
      if (error instanceof HttpError && error.status < 500) return onError(error.status, error.message);
      const span = trace.getActiveSpan();
      const cause = error instanceof Error ? error : new Error(String(error));
      if (span?.isRecording()) {
        span.recordException(cause);
        span.setStatus({ code: SpanStatusCode.ERROR, message: cause.message });
      }
      log.error(`${incoming.method} ${incoming.url} failed`, cause);
      return error instanceof HttpError
        ? onError(error.status, error.message)
        : onError(500, "Something went wrong on our side. Please try again.");
    }
  }

  function send(outgoing: ServerResponse, { status = 200, headers, body }: Reply): void {
    const bytes = Buffer.from(body);
    annotate({ "http.response.body.size": bytes.length });
    outgoing.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
  }

  return createServer((incoming, outgoing) => {
    void answer(incoming).then((reply) => send(outgoing, reply));
  });
}

/** Listens on loopback; resolves to the port. Rejects with a clear sentence when the port is taken. */
export function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is in use. Stop what listens there, or set SHOP_PORT to another one.`)
          : error,
      );
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Stops listening, lets running requests finish. */
export function close(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
