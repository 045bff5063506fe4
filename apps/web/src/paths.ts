/** Every address of the product, made here only. `keep` is the current query: project and range stay. */
import { pickParams } from "./page.ts";

export interface TraceFilter {
  readonly service?: string;
  readonly route?: string;
  readonly minDurationMs?: string;
  readonly maxDurationMs?: string;
  readonly status?: "ok" | "error";
  readonly cursor?: string;
}

export const toOverview = (keep: URLSearchParams): string => `/${pickParams(keep)}`;
export const toServices = (keep: URLSearchParams): string => `/services${pickParams(keep)}`;
export const toService = (service: string, keep: URLSearchParams): string =>
  `/services/${encodeURIComponent(service)}${pickParams(keep)}`;
export const toTrace = (traceId: string, keep: URLSearchParams): string =>
  `/traces/${traceId}${pickParams(keep)}`;
export const toSystem = (keep: URLSearchParams): string => `/system${pickParams(keep)}`;
export const toHelp = (keep: URLSearchParams): string => `/help${pickParams(keep)}`;

export function toTraces(filter: TraceFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/traces", search);
}

export function toTail(
  filter: {
    readonly kind?: string;
    readonly service?: string;
    readonly severity?: string;
    readonly q?: string;
  },
  keep: URLSearchParams,
): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/tail", search);
}

/** The same page with another range. */
export function toRange(path: string, search: URLSearchParams, range: string): string {
  const next = withoutPosition(search);
  next.delete("from");
  next.delete("to");
  next.set("range", range);
  return withSearch(path, next);
}

/** The same page from one moment to another, both in milliseconds. */
export function toCustomRange(path: string, search: URLSearchParams, fromMs: number, toMs: number): string {
  const next = withoutPosition(search);
  next.set("range", "custom");
  next.set("from", String(Math.round(fromMs)));
  next.set("to", String(Math.round(toMs)));
  return withSearch(path, next);
}

/** The overview of another project, in the same range. */
export function toProject(projectId: string, search: URLSearchParams): string {
  const next = new URLSearchParams(pickParams(search));
  next.set("project", projectId);
  return withSearch("/", next);
}

/** A cursor belongs to one range and one filter. */
function withoutPosition(search: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(search);
  next.delete("cursor");
  return next;
}

function withSearch(path: string, search: URLSearchParams): string {
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
