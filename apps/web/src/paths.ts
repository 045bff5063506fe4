/** Every address of the product, made here only. `keep` is the current query: project and range stay. */
import { ownPath } from "@throughline/contract/ownPath";
import { KEPT_PARAMS, pickParams } from "./page.ts";

export { ownPath };

const DAY_MS = 86_400_000;

export interface TraceFilter {
  readonly service?: string;
  readonly route?: string;
  readonly minDurationMs?: string;
  readonly maxDurationMs?: string;
  readonly status?: "ok" | "error";
  /** Of a span, in full. */
  readonly name?: string;
  /** `key=value` */
  readonly attribute?: string;
  readonly cursor?: string;
}

export const toOverview = (keep: URLSearchParams): string => `/${pickParams(keep)}`;
export const toServices = (keep: URLSearchParams): string => `/services${pickParams(keep)}`;
export const toService = (service: string, keep: URLSearchParams): string =>
  `/services/${encodeURIComponent(service)}${pickParams(keep)}`;
export const toTrace = (traceId: string, keep: URLSearchParams): string =>
  `/traces/${traceId}${pickParams(keep)}`;
/** Two traces side by side; the second one may still have to be named. */
export function toCompare(a: string, b: string, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  search.set("a", a);
  if (b !== "") search.set("b", b);
  return withSearch("/traces/compare", search);
}
export const toSystem = (keep: URLSearchParams): string => `/system${pickParams(keep)}`;
export const toPerformance = (keep: URLSearchParams): string => `/system/performance${pickParams(keep)}`;
export const toHelp = (keep: URLSearchParams): string => `/help${pickParams(keep)}`;

export const toSetup = (): string => "/setup";
export const toAccount = (keep: URLSearchParams): string => `/account${pickParams(keep)}`;
export const toKeys = (keep: URLSearchParams): string => `/settings/keys${pickParams(keep)}`;
export const toOrganisation = (keep: URLSearchParams): string => `/settings/organisation${pickParams(keep)}`;
export const toStorage = (keep: URLSearchParams): string => `/settings/storage${pickParams(keep)}`;
export const toUsage = (keep: URLSearchParams): string => `/settings/usage${pickParams(keep)}`;
export const toRetention = (keep: URLSearchParams): string => `/settings/retention${pickParams(keep)}`;
export const toMembers = (keep: URLSearchParams): string => `/settings/members${pickParams(keep)}`;
export const toSingleSignOn = (keep: URLSearchParams): string =>
  `/settings/single-sign-on${pickParams(keep)}`;

/** @param next where to go afterwards: path and query */
export function toSignIn(next?: string): string {
  const back = next === undefined ? "/" : ownPath(next);
  return back === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next: back }).toString()}`;
}

/** Off to a provider, which sends the browser back to `next`. The server checks `next` once more. */
export function toProvider(providerId: string, next: string): string {
  const path = `/api/sso/${encodeURIComponent(providerId)}/start`;
  return next === "/" ? path : withSearch(path, new URLSearchParams({ next }));
}

export interface AuditFilter {
  readonly q?: string;
  readonly action?: string;
  readonly result?: string;
  readonly actorId?: string;
  readonly since?: string;
  readonly until?: string;
  readonly cursor?: string;
}

export function toAudit(filter: AuditFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/settings/audit", search);
}

/** The API's query for an audit page's address: whole days in UTC, the last one included. */
export function auditQuery(search: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams(pickParams(search, ["q", "action", "result", "actorId", "cursor"]));
  const [sinceMs, untilMs] = [dayMs(search.get("since")), dayMs(search.get("until"))];
  if (sinceMs !== null) query.set("from", String(sinceMs));
  if (untilMs !== null) query.set("to", String(untilMs + DAY_MS));
  return query;
}

/** What a date field writes; anything else is no day. */
function dayMs(text: string | null): number | null {
  const ms = /^[12]\d{3}-\d\d-\d\d$/.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return Number.isFinite(ms) ? ms : null;
}

/** A file with all lines of the filter, however many pages they are. */
export function toAuditExport(format: "csv" | "json", search: URLSearchParams): string {
  const query = auditQuery(search);
  query.delete("cursor");
  query.set("format", format);
  return withSearch("/api/audit/export", query);
}

export function toTraces(filter: TraceFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/traces", search);
}

export interface ReleaseChoice {
  readonly service?: string;
  /** Compared against. */
  readonly a?: string;
  readonly b?: string;
}

export function toReleases(choice: ReleaseChoice, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(choice)) if (value) search.set(name, value);
  return withSearch("/releases", search);
}

export interface ErrorFilter {
  readonly service?: string;
  readonly release?: string;
  readonly source?: string;
  readonly state?: string;
  readonly q?: string;
  readonly sort?: string;
}

export function toErrors(filter: ErrorFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/errors", search);
}

export const toError = (fingerprint: string, keep: URLSearchParams): string =>
  `/errors/${encodeURIComponent(fingerprint)}${pickParams(keep)}`;

export interface QueryFilter {
  readonly service?: string;
  readonly route?: string;
  readonly q?: string;
  readonly sort?: string;
  readonly slowMs?: string;
}

export function toQueries(filter: QueryFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/queries", search);
}

export const toQuery = (hash: string, keep: URLSearchParams): string => `/queries/${hash}${pickParams(keep)}`;

export const toDatabases = (keep: URLSearchParams): string => `/databases${pickParams(keep)}`;

export const DATABASE_VIEWS = ["overview", "activity", "statements", "tables", "plans"] as const;
export type DatabaseView = (typeof DATABASE_VIEWS)[number];

/**
 * @param view which part of its page; the overview without one
 * @param statement the plans of that one statement alone
 */
export function toDatabase(
  id: string,
  keep: URLSearchParams,
  view: DatabaseView = "overview",
  statement = "",
): string {
  const search = new URLSearchParams(pickParams(keep));
  if (view !== "overview") search.set("view", view);
  if (statement !== "") search.set("statement", statement);
  return withSearch(`/databases/${id}`, search);
}

export interface EndpointFilter {
  readonly service?: string;
  readonly q?: string;
  readonly sort?: string;
  readonly apdexMs?: string;
}

export function toEndpoints(filter: EndpointFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/endpoints", search);
}

/** The route may be empty: that of requests that told none. */
export function toEndpoint(
  endpoint: { readonly service: string; readonly route: string; readonly apdexMs?: string | undefined },
  keep: URLSearchParams,
): string {
  const search = new URLSearchParams(pickParams(keep));
  search.set("service", endpoint.service);
  search.set("route", endpoint.route);
  if (endpoint.apdexMs) search.set("apdexMs", endpoint.apdexMs);
  return withSearch("/endpoints/detail", search);
}

/** The API's query for the page of one endpoint: an empty route is a route. */
export function endpointQuery(search: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams(pickParams(search, [...KEPT_PARAMS, "service", "apdexMs"]));
  query.set("route", search.get("route") ?? "");
  return query;
}

export function toResources(
  filter: { readonly service?: string; readonly instance?: string },
  keep: URLSearchParams,
): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/resources", search);
}

export const toBottlenecks = (keep: URLSearchParams): string => `/bottlenecks${pickParams(keep)}`;

export interface VitalsFilterParams {
  readonly page?: string;
  readonly device?: string;
  readonly country?: string;
  readonly connection?: string;
  readonly release?: string;
}

export function toVitals(filter: VitalsFilterParams, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/vitals", search);
}

/** The API's query for the newest events of a vitals page's budgets. */
export function budgetEventsQuery(search: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams(pickParams(search, ["project", "page"]));
  query.set("limit", "20");
  return query;
}
/** What `GET /api/visits` takes. */
export type VisitFilter = Readonly<
  Partial<
    Record<
      | "page"
      | "device"
      | "country"
      | "connection"
      | "release"
      | "metric"
      | "rating"
      | "errors"
      | "sort"
      | "cursor",
      string
    >
  >
>;

export function toVisits(filter: VisitFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/visits", search);
}

export const toVisit = (sessionId: string, keep: URLSearchParams): string =>
  `/visits/${encodeURIComponent(sessionId)}${pickParams(keep)}`;

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

export interface DeploymentListFilter {
  readonly service?: string;
  readonly environment?: string;
  readonly status?: string;
  readonly cursor?: string;
}

export function toDeployments(filter: DeploymentListFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep, ["project"]));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/deployments", search);
}

export interface ChangesFilter {
  /** `LCP`, …, `p95` or `errors`. */
  readonly metric?: string;
  readonly page?: string;
  readonly device?: string;
  readonly service?: string;
  readonly route?: string;
  /** The moment to explain, in milliseconds; without it the page looks for one. */
  readonly at?: string;
}

/** What changed around a moment: within the range that is shown. */
export function toChanges(filter: ChangesFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep));
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, value);
  return withSearch("/changes", search);
}

/** What changed around a moment that may lie outside of the range that is shown: half a day on both sides. */
export function toChangesAround(atMs: number, filter: ChangesFilter, keep: URLSearchParams): string {
  const search = new URLSearchParams(pickParams(keep, ["project"]));
  const around = { range: "custom", from: atMs - DAY_MS / 2, to: atMs + DAY_MS / 2, at: Math.round(atMs) };
  for (const [name, value] of Object.entries({ ...around, ...filter }))
    if (value !== "") search.set(name, typeof value === "number" ? String(Math.round(value)) : value);
  return withSearch("/changes", search);
}

export const toBusiness = (keep: URLSearchParams): string => `/business${pickParams(keep)}`;

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

export function withSearch(path: string, search: URLSearchParams): string {
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
