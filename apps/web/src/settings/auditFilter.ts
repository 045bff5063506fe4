import type { AuditFilter } from "../paths.ts";

/** The filter of an address; what is empty counts as not chosen. */
export function readAuditFilter(search: URLSearchParams): AuditFilter {
  const filter = {
    q: search.get("q"),
    action: search.get("action"),
    result: search.get("result"),
    actorId: search.get("actorId"),
    since: search.get("since"),
    until: search.get("until"),
    cursor: search.get("cursor"),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null && value !== ""));
}
