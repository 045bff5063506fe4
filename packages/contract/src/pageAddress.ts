/** Which page an address is of: query and fragment dropped, the site apart, ids in the path folded. */

export interface PagePlace {
  /** `https://shop.example`; empty when nobody said. */
  readonly origin: string;
  /** As it was sent, without query and fragment. */
  readonly path: string;
  /** The path with ids as `:id`. */
  readonly page: string;
}

const PATH_CHARACTERS_MAX = 1024;
const SEGMENT_CHARACTERS_MAX = 80;
const SEGMENTS_MAX = 12;
/** Only there so that paths can be parsed. */
const NOWHERE = "http://page.invalid";

const NUMBER = /^\d+$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const HEX_ID = /^(?=.*\d)[0-9a-f]{8,}$/i;
/** Slugs and random ids: `2024-honda-accord`, `01J9ZQ4C8R2M7X0T`. */
const LONG_WITH_DIGIT = /^(?=.*\d)[\w.~%-]{16,}$/;
/** `accord-20241`, `order_4711`. */
const ENDS_WITH_NUMBER = /[-_.]\d{4,}$/;

/**
 * @param siteOrigin of the request, for addresses that are only a path
 * @returns null for what is neither an http(s) address nor a path from the root
 */
export function placeOfPage(pageUrl: string, siteOrigin: string): PagePlace | null {
  const isPath = pageUrl.startsWith("/") && !pageUrl.startsWith("//");
  const url = isPath ? URL.parse(pageUrl, NOWHERE) : URL.parse(pageUrl);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  const path = url.pathname.slice(0, PATH_CHARACTERS_MAX);
  return { origin: isPath ? siteOrigin : url.origin, path, page: pageOfPath(path) };
}

/** `/inventory/2024-honda-accord/` → `/inventory/:id`. A path that is grouped already stays as it is. */
export function pageOfPath(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const kept = segments.slice(0, SEGMENTS_MAX).map((segment) => (isId(segment) ? ":id" : segment));
  return `/${kept.join("/")}${segments.length > SEGMENTS_MAX ? "/…" : ""}`;
}

/** An address without query and fragment, its path grouped: what requests are named after. */
export function groupedAddress(address: string, siteOrigin: string): string {
  const place = placeOfPage(address, siteOrigin);
  return place === null ? "(unreadable address)" : `${place.origin}${place.page}`;
}

/** Query strings and fragments carry what belongs to a person: they are never stored. */
export function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, "");
}

function isId(segment: string): boolean {
  return (
    NUMBER.test(segment) ||
    UUID.test(segment) ||
    HEX_ID.test(segment) ||
    LONG_WITH_DIGIT.test(segment) ||
    ENDS_WITH_NUMBER.test(segment) ||
    segment.length > SEGMENT_CHARACTERS_MAX
  );
}
