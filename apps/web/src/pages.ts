/**
 * Every page of the product. To add one: a folder with its component, one entry here, nothing else; the server makes a
 * route of it, asks `apiPath` in-process, and renders it. Order is the order of the navigation.
 */
import type {
  BottleneckList,
  EndpointList,
  EndpointPage as EndpointPageData,
  ResourcePage as ResourcePageData,
  AuditPage,
  BusinessPage,
  ChangesPage,
  DeploymentPage,
  DatabaseList,
  DatabasePage as DatabasePageData,
  ErrorList,
  ErrorPage as ErrorPageData,
  MonitoringTraces,
  Overview,
  QueryList,
  QueryPage as QueryPageData,
  OwnPerformance,
  ServiceList,
  ServicePage as ServicePageData,
  SetupState,
  SsoProviderList,
  SsoRefusal,
  SystemPage as SystemData,
  Retention,
  StorageReport,
  UsagePage as UsageData,
  TailPage as TailData,
  Tenant,
  Trace,
  Visit,
  VisitsPage as VisitsData,
} from "@throughline/contract";
import { auditQuery, budgetEventsQuery, endpointQuery, withSearch } from "./paths.ts";
import type { KeysData } from "./settings/KeysPage.tsx";
import type { MembersData } from "./settings/MembersPage.tsx";
import type { ComparedTraces } from "./compare/match.ts";
import type { ReleasesData } from "./releases/ReleasesPage.tsx";
import type { VitalsData } from "./vitals/vitalsData.ts";
import type { AccountData } from "./account/AccountPage.tsx";
import { definePage, KEPT_PARAMS, pickParams, type Page, type Params } from "./page.ts";

export const TRACE_FILTERS = [
  "service",
  "route",
  "minDurationMs",
  "maxDurationMs",
  "status",
  "name",
  "attribute",
  "cursor",
] as const;

export const ERROR_FILTERS = ["service", "release", "source", "state", "q", "sort", "cursor"] as const;
export const VITALS_FILTERS = ["page", "device", "country", "connection", "release"] as const;
export const CHANGES_FILTERS = ["metric", "page", "device", "service", "route", "at"] as const;
export const DEPLOYMENT_FILTERS = ["service", "environment", "status"] as const;
export const VISIT_FILTERS = [
  "page",
  "device",
  "country",
  "connection",
  "release",
  "metric",
  "rating",
  "errors",
  "sort",
  "cursor",
] as const;

export const pages: readonly Page[] = [
  definePage<Overview>({
    id: "overview",
    path: "/",
    title: () => "Overview",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Overview", icon: "overview", key: "o", group: "now", isQuick: true },
    apiPath: (_params, search) => `/api/overview${pickParams(search)}`,
    source: "src/overview/OverviewPage.tsx",
    load: async () => (await import("./overview/OverviewPage.tsx")).OverviewPage,
  }),
  definePage<ServiceList>({
    id: "services",
    path: "/services",
    title: () => "Services",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Services", icon: "services", key: "s", group: "services", isQuick: true },
    apiPath: (_params, search) => `/api/services${pickParams(search)}`,
    source: "src/services/ServicesPage.tsx",
    load: async () => (await import("./services/ServicesPage.tsx")).ServicesPage,
  }),
  definePage<ServicePageData>({
    id: "service",
    path: "/services/:service",
    title: ({ service }) => service ?? "Service",
    hasRange: true,
    permission: "telemetry:read",
    parent: "services",
    apiPath: ({ service = "" }, search) =>
      `/api/services/${encodeURIComponent(service)}${pickParams(search)}`,
    source: "src/services/ServicePage.tsx",
    load: async () => (await import("./services/ServicePage.tsx")).ServicePage,
  }),
  definePage<ChangesPage>({
    id: "changes",
    path: "/changes",
    title: () => "What changed",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Changes", icon: "changes", key: "c", group: "changes" },
    apiPath: (_params, search) =>
      `/api/what-changed${pickParams(search, [...KEPT_PARAMS, ...CHANGES_FILTERS])}`,
    source: "src/changes/ChangesPage.tsx",
    load: async () => (await import("./changes/ChangesPage.tsx")).ChangesPage,
  }),
  definePage<DeploymentPage>({
    id: "deployments",
    path: "/deployments",
    title: () => "Deployments",
    hasRange: false,
    permission: "deployments:read",
    nav: { label: "Deployments", icon: "deployments", key: "d", group: "changes" },
    apiPath: (_params, search) =>
      `/api/deployments${pickParams(search, ["project", ...DEPLOYMENT_FILTERS, "cursor"])}`,
    source: "src/deployments/DeploymentsPage.tsx",
    load: async () => (await import("./deployments/DeploymentsPage.tsx")).DeploymentsPage,
  }),
  definePage<EndpointList>({
    id: "endpoints",
    path: "/endpoints",
    title: () => "Endpoints",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Endpoints", icon: "endpoints", key: "e", group: "services" },
    apiPath: (_params, search) =>
      `/api/endpoints${pickParams(search, [...KEPT_PARAMS, "service", "q", "sort", "apdexMs"])}`,
    source: "src/endpoints/EndpointsPage.tsx",
    load: async () => (await import("./endpoints/EndpointsPage.tsx")).EndpointsPage,
  }),
  definePage<EndpointPageData>({
    id: "endpoint",
    path: "/endpoints/detail",
    title: () => "Endpoint",
    hasRange: true,
    permission: "telemetry:read",
    parent: "endpoints",
    apiPath: (_params, search) => withSearch("/api/endpoints/detail", endpointQuery(search)),
    source: "src/endpoints/EndpointPage.tsx",
    load: async () => (await import("./endpoints/EndpointPage.tsx")).EndpointPage,
  }),
  definePage<ReleasesData>({
    id: "releases",
    path: "/releases",
    title: () => "Releases",
    hasRange: false,
    permission: "telemetry:read",
    nav: { label: "Releases", icon: "releases", key: "n", group: "changes" },
    apiPath: (_params, search) => ({
      list: `/api/releases${pickParams(search, ["project"])}`,
      ...(search.has("a") && search.has("b") && search.has("service")
        ? { diff: `/api/releases/diff${pickParams(search, ["project", "service", "a", "b"])}` }
        : {}),
    }),
    source: "src/releases/ReleasesPage.tsx",
    load: async () => (await import("./releases/ReleasesPage.tsx")).ReleasesPage,
  }),
  definePage<MonitoringTraces>({
    id: "traces",
    path: "/traces",
    title: () => "Traces",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Traces", icon: "traces", key: "t", group: "services", isQuick: true },
    apiPath: (_params, search) => {
      const query = new URLSearchParams(pickParams(search, [...KEPT_PARAMS, ...TRACE_FILTERS]));
      query.set("histogram", "true");
      return withSearch("/api/monitoring/traces", query);
    },
    source: "src/traces/TracesPage.tsx",
    load: async () => (await import("./traces/TracesPage.tsx")).TracesPage,
  }),
  definePage<Partial<ComparedTraces> | null>({
    id: "compare-traces",
    path: "/traces/compare",
    title: () => "Compare traces",
    hasRange: false,
    permission: "telemetry:read",
    parent: "traces",
    apiPath: (_params, search) => {
      const project = pickParams(search, ["project"]);
      const paths = (["a", "b"] as const).flatMap((name) => {
        const traceId = search.get(name)?.trim() ?? "";
        return traceId === "" ? [] : [[name, `/api/traces/${encodeURIComponent(traceId)}${project}`]];
      });
      return paths.length === 0 ? null : Object.fromEntries(paths);
    },
    source: "src/compare/ComparePage.tsx",
    load: async () => (await import("./compare/ComparePage.tsx")).ComparePage,
  }),
  definePage<Trace>({
    id: "trace",
    path: "/traces/:traceId",
    title: ({ traceId = "" }) => `Trace ${traceId.slice(0, 8)}`,
    hasRange: false,
    permission: "telemetry:read",
    parent: "traces",
    keys: [
      { keys: "↑ ↓", does: "Trace: choose a span" },
      { keys: "← →", does: "Trace: fold and unfold a span" },
    ],
    apiPath: ({ traceId = "" }, search) =>
      `/api/traces/${encodeURIComponent(traceId)}${pickParams(search, ["project"])}`,
    source: "src/trace/TracePage.tsx",
    load: async () => (await import("./trace/TracePage.tsx")).TracePage,
  }),
  definePage<ErrorList>({
    id: "errors",
    path: "/errors",
    title: () => "Errors",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Errors", icon: "errors", key: "x", group: "services" },
    apiPath: (_params, search) => `/api/errors${pickParams(search, [...KEPT_PARAMS, ...ERROR_FILTERS])}`,
    source: "src/errors/ErrorsPage.tsx",
    load: async () => (await import("./errors/ErrorsPage.tsx")).ErrorsPage,
  }),
  definePage<ErrorPageData>({
    id: "error",
    path: "/errors/:fingerprint",
    title: () => "Error",
    hasRange: true,
    permission: "telemetry:read",
    parent: "errors",
    keys: [
      { keys: "e", does: "Error: resolve or reopen" },
      { keys: "i", does: "Error: ignore" },
    ],
    apiPath: ({ fingerprint = "" }, search) =>
      `/api/errors/${encodeURIComponent(fingerprint)}${pickParams(search)}`,
    source: "src/errors/ErrorPage.tsx",
    load: async () => (await import("./errors/ErrorPage.tsx")).ErrorPage,
  }),
  definePage<QueryList>({
    id: "queries",
    path: "/queries",
    title: () => "Queries",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Queries", icon: "queries", key: "q", group: "services" },
    apiPath: (_params, search) =>
      `/api/queries${pickParams(search, [...KEPT_PARAMS, "service", "route", "q", "sort", "slowMs"])}`,
    source: "src/queries/QueriesPage.tsx",
    load: async () => (await import("./queries/QueriesPage.tsx")).QueriesPage,
  }),
  definePage<QueryPageData>({
    id: "query",
    path: "/queries/:hash",
    title: ({ hash = "" }) => `Statement ${hash.slice(0, 8)}`,
    hasRange: true,
    permission: "telemetry:read",
    parent: "queries",
    apiPath: ({ hash = "" }, search) => `/api/queries/${encodeURIComponent(hash)}${pickParams(search)}`,
    source: "src/queries/QueryPage.tsx",
    load: async () => (await import("./queries/QueryPage.tsx")).QueryPage,
  }),
  definePage<DatabaseList>({
    id: "databases",
    path: "/databases",
    title: () => "Databases",
    hasRange: false,
    permission: "telemetry:read",
    nav: { label: "Databases", icon: "databases", key: "p", group: "services" },
    apiPath: (_params, search) => `/api/databases${pickParams(search, ["project"])}`,
    source: "src/databases/DatabasesPage.tsx",
    load: async () => (await import("./databases/DatabasesPage.tsx")).DatabasesPage,
  }),
  definePage<DatabasePageData>({
    id: "database",
    path: "/databases/:id",
    title: () => "Database",
    hasRange: true,
    permission: "telemetry:read",
    parent: "databases",
    apiPath: ({ id = "" }, search) => `/api/databases/${encodeURIComponent(id)}${pickParams(search)}`,
    source: "src/databases/DatabasePage.tsx",
    load: async () => (await import("./databases/DatabasePage.tsx")).DatabasePage,
  }),
  definePage<ResourcePageData>({
    id: "resources",
    path: "/resources",
    title: () => "Resources",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Resources", icon: "resources", key: "r", group: "services" },
    apiPath: (_params, search) =>
      `/api/resources${pickParams(search, [...KEPT_PARAMS, "service", "instance"])}`,
    source: "src/resources/ResourcesPage.tsx",
    load: async () => (await import("./resources/ResourcesPage.tsx")).ResourcesPage,
  }),
  definePage<BottleneckList>({
    id: "bottlenecks",
    path: "/bottlenecks",
    title: () => "Bottlenecks",
    hasRange: true,
    permission: "telemetry:read",
    parent: "overview",
    apiPath: (_params, search) => `/api/bottlenecks${pickParams(search)}`,
    source: "src/bottlenecks/BottlenecksPage.tsx",
    load: async () => (await import("./bottlenecks/BottlenecksPage.tsx")).BottlenecksPage,
  }),
  definePage<VitalsData>({
    id: "vitals",
    path: "/vitals",
    title: () => "Web vitals",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Web vitals", icon: "vitals", key: "v", group: "users", isQuick: true },
    apiPath: (_params, search) => {
      const filtered = pickParams(search, [...KEPT_PARAMS, ...VITALS_FILTERS]);
      return {
        vitals: `/api/web-vitals${filtered}`,
        breakdown: `/api/web-vitals/breakdown${filtered}`,
        budgets: `/api/budgets${pickParams(search, ["project"])}`,
        events: withSearch("/api/budgets/events", budgetEventsQuery(search)),
        ...(search.has("page") ? {} : { pages: `/api/web-vitals/pages${filtered}` }),
      };
    },
    source: "src/vitals/VitalsPage.tsx",
    load: async () => (await import("./vitals/VitalsPage.tsx")).VitalsPage,
  }),
  definePage<VisitsData>({
    id: "visits",
    path: "/visits",
    title: () => "Visits",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Visits", icon: "visits", key: "u", group: "users" },
    apiPath: (_params, search) => `/api/visits${pickParams(search, [...KEPT_PARAMS, ...VISIT_FILTERS])}`,
    source: "src/visits/VisitsPage.tsx",
    load: async () => (await import("./visits/VisitsPage.tsx")).VisitsPage,
  }),
  definePage<Visit>({
    id: "visit",
    path: "/visits/:sessionId",
    title: () => "Visit",
    hasRange: false,
    permission: "telemetry:read",
    parent: "visits",
    apiPath: ({ sessionId = "" }, search) =>
      `/api/visits/${encodeURIComponent(sessionId)}${pickParams(search, ["project"])}`,
    source: "src/visits/VisitPage.tsx",
    load: async () => (await import("./visits/VisitPage.tsx")).VisitPage,
  }),
  definePage<BusinessPage>({
    id: "business",
    path: "/business",
    title: () => "Business",
    hasRange: true,
    permission: "telemetry:read",
    nav: { label: "Business", icon: "business", key: "b", group: "users" },
    apiPath: (_params, search) => `/api/business${pickParams(search)}`,
    source: "src/business/BusinessPage.tsx",
    load: async () => (await import("./business/BusinessPage.tsx")).BusinessPage,
  }),
  definePage<TailData>({
    id: "tail",
    path: "/tail",
    title: () => "Live tail",
    hasRange: false,
    permission: "telemetry:read",
    nav: { label: "Live tail", icon: "tail", key: "l", group: "services" },
    keys: [{ keys: "p", does: "Live tail: pause and go on" }],
    apiPath: (_params, search) =>
      `/api/tail${pickParams(search, ["project", "kind", "service", "severity", "q"])}`,
    source: "src/tail/TailPage.tsx",
    load: async () => (await import("./tail/TailPage.tsx")).TailPage,
  }),
  definePage<SystemData>({
    id: "system",
    path: "/system",
    title: () => "System",
    hasRange: false,
    permission: "system:read",
    nav: { label: "System", icon: "system", key: "y", group: "product" },
    apiPath: () => "/api/system",
    source: "src/system/SystemPage.tsx",
    load: async () => (await import("./system/SystemPage.tsx")).SystemPage,
  }),
  definePage<OwnPerformance>({
    id: "performance",
    path: "/system/performance",
    title: () => "Own performance",
    hasRange: false,
    permission: "system:read",
    parent: "system",
    apiPath: () => "/api/system/performance",
    source: "src/system/PerformancePage.tsx",
    load: async () => (await import("./system/PerformancePage.tsx")).PerformancePage,
  }),
  definePage<null>({
    id: "help",
    path: "/help",
    title: () => "Connect & help",
    hasRange: false,
    permission: "telemetry:read",
    nav: { label: "Help", icon: "help", key: "h", group: "product" },
    apiPath: () => null,
    source: "src/help/HelpPage.tsx",
    load: async () => (await import("./help/HelpPage.tsx")).HelpPage,
  }),
  definePage<KeysData>({
    id: "keys",
    path: "/settings/keys",
    title: () => "Keys",
    hasRange: false,
    permission: "ingest-keys:read",
    apiPath: () => ({ ingest: "/api/ingest-keys", api: "/api/api-keys", roles: "/api/roles" }),
    source: "src/settings/KeysPage.tsx",
    load: async () => (await import("./settings/KeysPage.tsx")).KeysPage,
  }),
  definePage<Tenant>({
    id: "organisation",
    path: "/settings/organisation",
    title: () => "Organisation",
    hasRange: false,
    permission: "projects:write",
    apiPath: () => "/api/tenant",
    source: "src/settings/OrganisationPage.tsx",
    load: async () => (await import("./settings/OrganisationPage.tsx")).OrganisationPage,
  }),
  definePage<MembersData>({
    id: "members",
    path: "/settings/members",
    title: () => "Members",
    hasRange: false,
    permission: "members:read",
    apiPath: () => ({ list: "/api/members", roles: "/api/roles" }),
    source: "src/settings/MembersPage.tsx",
    load: async () => (await import("./settings/MembersPage.tsx")).MembersPage,
  }),
  definePage<SsoProviderList>({
    id: "single-sign-on",
    path: "/settings/single-sign-on",
    title: () => "Single sign-on",
    hasRange: false,
    permission: "sso:write",
    apiPath: () => "/api/sso-providers",
    source: "src/settings/SingleSignOnPage.tsx",
    load: async () => (await import("./settings/SingleSignOnPage.tsx")).SingleSignOnPage,
  }),
  definePage<AuditPage>({
    id: "audit",
    path: "/settings/audit",
    title: () => "Audit log",
    hasRange: false,
    permission: "audit:read",
    apiPath: (_params, search) => withSearch("/api/audit", auditQuery(search)),
    source: "src/settings/AuditPage.tsx",
    load: async () => (await import("./settings/AuditPage.tsx")).AuditPage,
  }),
  definePage<UsageData>({
    id: "usage",
    path: "/settings/usage",
    title: () => "Usage",
    hasRange: false,
    permission: "usage:read",
    apiPath: () => "/api/usage",
    source: "src/settings/UsagePage.tsx",
    load: async () => (await import("./settings/UsagePage.tsx")).UsagePage,
  }),
  definePage<Retention>({
    id: "retention",
    path: "/settings/retention",
    title: () => "Retention",
    hasRange: false,
    permission: "usage:read",
    apiPath: () => "/api/retention",
    source: "src/settings/RetentionPage.tsx",
    load: async () => (await import("./settings/RetentionPage.tsx")).RetentionPage,
  }),
  definePage<StorageReport>({
    id: "storage",
    path: "/settings/storage",
    title: () => "Storage",
    hasRange: false,
    permission: "usage:read",
    apiPath: () => "/api/storage",
    source: "src/settings/StoragePage.tsx",
    load: async () => (await import("./settings/StoragePage.tsx")).StoragePage,
  }),
  definePage<AccountData>({
    id: "account",
    path: "/account",
    title: () => "Account",
    hasRange: false,
    permission: "signed-in",
    apiPath: () => ({ account: "/api/account", list: "/api/me/sessions" }),
    source: "src/account/AccountPage.tsx",
    load: async () => (await import("./account/AccountPage.tsx")).AccountPage,
  }),
  definePage<SsoRefusal | null>({
    id: "sign-in",
    path: "/sign-in",
    title: () => "Sign in",
    hasRange: false,
    permission: "public",
    isBare: true,
    // Somebody comes back from a provider without a session: the server knows why.
    apiPath: (_params, search) => (search.get("sso") === "refused" ? "/api/sso/refusal" : null),
    source: "src/access/SignInPage.tsx",
    load: async () => (await import("./access/SignInPage.tsx")).SignInPage,
  }),
  definePage<SetupState>({
    id: "setup",
    path: "/setup",
    title: () => "Create the owner account",
    hasRange: false,
    permission: "public",
    isBare: true,
    apiPath: () => "/api/setup",
    source: "src/access/SetupPage.tsx",
    load: async () => (await import("./access/SetupPage.tsx")).SetupPage,
  }),
  definePage<null>({
    id: "invitation",
    path: "/invitation",
    title: () => "Invitation",
    hasRange: false,
    permission: "public",
    isBare: true,
    apiPath: () => null,
    source: "src/access/InvitationPage.tsx",
    load: async () => (await import("./access/InvitationPage.tsx")).InvitationPage,
  }),
  definePage<null>({
    id: "reset-password",
    path: "/reset-password",
    title: () => "Choose a new password",
    hasRange: false,
    permission: "public",
    isBare: true,
    apiPath: () => null,
    source: "src/access/ResetPasswordPage.tsx",
    load: async () => (await import("./access/ResetPasswordPage.tsx")).ResetPasswordPage,
  }),
];

/** The page at an address, with its decoded parameters; null when there is none or the address can't be decoded. */
export function findPage(pathname: string): { page: Page; params: Params } | null {
  const parts = pathname.split("/").filter(Boolean);
  for (const page of pages) {
    const params = matchPath(page.path.split("/").filter(Boolean), parts);
    if (params !== null) return { page, params };
  }
  return null;
}

function matchPath(pattern: readonly string[], parts: readonly string[]): Params | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (!wanted.startsWith(":")) {
      if (part !== wanted) return null;
      continue;
    }
    try {
      params[wanted.slice(1)] = decodeURIComponent(part);
    } catch {
      // Not a valid encoding: no page has such an address.
      return null;
    }
  }
  return params;
}
