/**
 * Under which address did this request reach us? Only addresses that are known to be ours count: THROUGHLINE_PUBLIC_URL,
 * localhost, and plain IP addresses. A foreign name that leads here (DNS rebinding) is none of them, so a page of such a
 * name can neither set the product up nor act in it.
 */
import { isIP } from "node:net";
import type { IncomingHttpHeaders } from "node:http";

export interface OwnOrigin {
  /** `https://obs.example.com`, `http://localhost:3300`. */
  readonly origin: string;
  readonly host: string;
}

export type OwnOriginOf = (headers: IncomingHttpHeaders) => OwnOrigin | null;

/** @param publicUrl THROUGHLINE_PUBLIC_URL, when it is set. */
export function createOwnOrigin(publicUrl: string | undefined): OwnOriginOf {
  const known = publicUrl === undefined ? null : new URL(publicUrl);
  return ({ host }) => {
    if (host === undefined) return null;
    if (known !== null && host.toLowerCase() === known.host)
      return { origin: known.origin, host: known.host };
    const url = URL.parse(`http://${host}`);
    // A Host header with anything but a name and a port in it is somebody's trick.
    if (url === null || url.pathname !== "/" || url.username !== "" || url.search !== "" || url.hash !== "")
      return null;
    const name = url.hostname.replace(/^\[|\]$/g, "");
    if (name !== "localhost" && isIP(name) === 0) return null;
    return { origin: url.origin, host: url.host };
  };
}

/** Why a page of another site can't have sent this; null when it can't, else the reason. */
export function crossSiteReason(headers: IncomingHttpHeaders, own: OwnOrigin | null): string | null {
  const site = headers["sec-fetch-site"];
  // Browsers set it, pages can't change it. `none`: the person typed or opened it.
  if (site !== undefined && site !== "same-origin" && site !== "none")
    return "the browser says that another site sent it";
  const { origin } = headers;
  if (origin === undefined) return null;
  if (own === null || origin !== own.origin) return `its Origin is ${JSON.stringify(origin.slice(0, 200))}`;
  return null;
}
