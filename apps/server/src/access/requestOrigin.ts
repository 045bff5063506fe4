/**
 * Did this request start on this machine? Only then may it come without a key or a sign-in. A loopback peer alone does
 * not prove it: a reverse proxy on this machine, a web page in its browser, and a foreign name that resolves to
 * 127.0.0.1 (DNS rebinding) all arrive from there.
 */
import { BlockList, isIPv6 } from "node:net";

/** Lower-case names, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type RequestOrigin =
  | { readonly isLoopback: true }
  | { readonly isLoopback: false; readonly because: string };

export interface RequestFacts {
  readonly headers: RequestHeaders;
  /** Of the socket, never from a header. */
  readonly remoteAddress: string;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const FORWARDING_HEADERS = [
  "forwarded",
  "via",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "fastly-client-ip",
  "fly-client-ip",
];

/** For ingest: programs only, no web page. */
export function originOfSender(request: RequestFacts): RequestOrigin {
  // Browsers add these themselves and pages can't remove them; no OpenTelemetry SDK outside a browser sends them.
  if (request.headers.origin !== undefined || request.headers["sec-fetch-site"] !== undefined) {
    return from("a web page sent it");
  }
  return originOfRequest(request);
}

/**
 * For what pages send about themselves (web vitals, events): programs and pages of this machine. Only a page that was
 * loaded from this machine has an Origin with a loopback name, and no page can change its own: a foreign site's page
 * that is open in this machine's browser is told apart by it.
 */
export function originOfBeacon(request: RequestFacts): RequestOrigin {
  const { origin } = request.headers;
  if (origin === undefined) return originOfSender(request);
  const url = typeof origin === "string" ? URL.parse(origin) : null;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !isWeb || !isLoopbackName(url.host)) return from("another site's page sent it");
  return originOfRequest(request);
}

/** For pages and reads: the product's own pages may ask, other sites' may not. */
export function originOfReader(request: RequestFacts): RequestOrigin {
  const { origin } = request.headers;
  const host = hostHeader(request.headers);
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return from("another site's page sent it");
  }
  if (
    request.headers["sec-fetch-site"] === "cross-site" &&
    request.headers["sec-fetch-mode"] !== "navigate"
  ) {
    return from("another site's page sent it");
  }
  return originOfRequest(request);
}

function originOfRequest({ headers, remoteAddress }: RequestFacts): RequestOrigin {
  if (!isLoopbackAddress(remoteAddress)) return from("it came from another machine");
  const forwarding = Object.keys(headers).find(
    (name) => FORWARDING_HEADERS.includes(name) || name.startsWith("x-forwarded"),
  );
  if (forwarding !== undefined) return from(`a proxy passed it on (header ${forwarding})`);
  const host = hostHeader(headers);
  if (host === undefined) return from("it has no Host header");
  if (!isLoopbackName(host)) return from("its Host header is not localhost or 127.0.0.1");
  return { isLoopback: true };
}

function from(because: string): RequestOrigin {
  return { isLoopback: false, because };
}

/** HTTP/2 (gRPC) carries the host as `:authority`. */
function hostHeader(headers: RequestHeaders): string | undefined {
  const host = headers[":authority"] ?? headers.host;
  return typeof host === "string" ? host : undefined;
}

function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** `localhost`, `127.x.y.z` or `[::1]`, with or without a port. */
function isLoopbackName(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host);
}
