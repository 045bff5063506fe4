/** `http.request.body.size` and `http.response.body.size` in bytes as sent, for requests that Node's own http handles. */
import type { Span } from "@opentelemetry/api";
import { ClientRequest, IncomingMessage, ServerResponse } from "node:http";

interface Counted {
  requestBytes: number;
  responseBytes: number;
}

const REQUEST_SIZE = "http.request.body.size";
const RESPONSE_SIZE = "http.response.body.size";
const counted = new WeakMap<ServerResponse, Counted>();

/**
 * Starts to count what the handler writes, and what comes in when the client did not say its length. Called before the
 * handler sees either of the two.
 */
export function countServerBodies(response: unknown): void {
  if (!(response instanceof ServerResponse)) return;
  const sizes: Counted = { requestBytes: 0, responseBytes: 0 };
  counted.set(response, sizes);
  const { write, end } = response;
  response.write = function (this: ServerResponse, ...args: Parameters<typeof write>) {
    sizes.responseBytes += sizeOf(args[0], args[1]);
    return write.apply(this, args);
  } as typeof write;
  response.end = function (this: ServerResponse, ...args: Parameters<typeof end>) {
    // Node's `end` does not call this `write`, so nothing counts twice.
    sizes.responseBytes += sizeOf(args[0], args[1]);
    return end.apply(this, args);
  } as typeof end;
  const request = response.req;
  if (request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] === undefined)
    return;
  const { push } = request;
  request.push = function (this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
    if (chunk instanceof Uint8Array) sizes.requestBytes += chunk.length;
    return push.call(this, chunk, encoding);
  };
}

/** Writes the sizes onto a span of a request that came in or went out. Unknown ones are left out. */
export function setBodySizes(span: Span, request: unknown, response: unknown): void {
  if (request instanceof IncomingMessage && response instanceof ServerResponse) {
    const sizes = counted.get(response);
    setSize(span, REQUEST_SIZE, request.headers["content-length"] ?? sizes?.requestBytes);
    // A HEAD request has no body, whatever was written.
    setSize(span, RESPONSE_SIZE, request.method === "HEAD" ? 0 : sizes?.responseBytes);
  } else if (request instanceof ClientRequest && response instanceof IncomingMessage) {
    const length = request.getHeader("content-length");
    setSize(span, REQUEST_SIZE, typeof length === "object" ? undefined : length);
    setSize(span, RESPONSE_SIZE, response.headers["content-length"]);
  }
}

function setSize(span: Span, name: string, size: string | number | undefined): void {
  const bytes = Number(size);
  if (size !== undefined && Number.isSafeInteger(bytes) && bytes >= 0) span.setAttribute(name, bytes);
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") {
    return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  }
  return chunk instanceof Uint8Array ? chunk.length : 0;
}
