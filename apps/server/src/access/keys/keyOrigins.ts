/** From which web pages may a key be used? A browser key lies open in a page, a server key must never be in one. */
import type { KeyRecord } from "../keyring.ts";
import type { KeyRefusal } from "../ingestKeys.ts";

/** @param origin the request's Origin header, which browsers add and pages can't change. */
export function originRefusal(key: KeyRecord, origin: string | undefined): KeyRefusal | null {
  if (key.kind === "server") {
    if (origin === undefined) return null;
    return refusal(
      "This ingest key is for servers, and a web page used it: make a browser key for the page.",
    );
  }
  if (origin === undefined)
    return refusal("This ingest key is for web pages, and the request has no Origin: use a server key.");
  if (key.allowedOrigins.some((allowed) => matchesOrigin(allowed, origin))) return null;
  return refusal("This browser key is not allowed on this site: add the site's origin to the key.");
}

/** `https://*.shop.example` stands for every name below shop.example, and not for shop.example itself. */
export function matchesOrigin(allowed: string, origin: string): boolean {
  const star = allowed.indexOf("*.");
  if (star === -1) return allowed === origin.toLowerCase();
  const scheme = allowed.slice(0, star);
  const suffix = allowed.slice(star + 1);
  const given = origin.toLowerCase();
  return (
    given.startsWith(scheme) &&
    given.endsWith(suffix) &&
    /^[a-z0-9.-]+$/.test(given.slice(scheme.length, given.length - suffix.length))
  );
}

function refusal(message: string): KeyRefusal {
  return { code: "origin", message };
}
