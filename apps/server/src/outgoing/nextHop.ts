/** What a redirect makes of a request. https://fetch.spec.whatwg.org/#http-redirect-fetch, and stricter where it says so. */
import { Headers, type RequestInit, type Response } from "undici";
import { OutgoingError } from "./outgoingError.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Meant for the one who was asked first. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];

/** Null: no redirect. @throws {OutgoingError} */
export function nextHop(
  from: URL,
  init: RequestInit,
  answer: Response,
): { readonly url: URL; readonly init: RequestInit } | null {
  const location = answer.headers.get("location");
  if (!REDIRECTS.has(answer.status) || location === null) return null;
  const url = URL.parse(location, from);
  if (url === null) throw refused(from, "to something that is no address");
  if (from.protocol === "https:" && url.protocol === "http:") throw refused(from, "from https to http");
  const headers = new Headers(init.headers);
  const isSameOrigin = url.origin === from.origin;
  if (!isSameOrigin) for (const name of CREDENTIALS) headers.delete(name);
  const method = init.method?.toUpperCase() ?? "GET";
  const becomesGet = answer.status === 303 ? method !== "HEAD" : method === "POST" && answer.status < 303;
  if (becomesGet) {
    for (const name of ["content-type", "content-length", "content-encoding"]) headers.delete(name);
    return { url, init: { ...init, method: "GET", body: null, headers } };
  }
  // Stricter than fetch: a body may hold a client's secret.
  if (!isSameOrigin && init.body != null) throw refused(from, "with what was sent to another site");
  return { url, init: { ...init, headers } };
}

function refused(from: URL, how: string): OutgoingError {
  return new OutgoingError("redirect_refused", `${from.host} redirects ${how}, which is not followed.`);
}
