import {
  apiKeyList,
  auditPage,
  createdKey,
  done,
  ingestKeyList,
  invitationView,
  madeTenant,
  memberList,
  retention,
  roleTable,
  secretLink,
  ssoCheck,
  ssoProvider,
  ssoProviderList,
  tenant,
  storageReport,
  usagePage,
} from "@throughline/contract";
import type { RouteDocs } from "../routeDoc.ts";
import { NO_SUCH_ID } from "./noSuchId.ts";

const tag = "access";
const params = { id: NO_SUCH_ID };
const userId = "no-such-person";
const why = "Tried out from the API documentation";
const TOKEN = "not-a-token-of-any-invitation";
const provider = {
  name: "Example",
  issuer: "https://login.example.com",
  clientId: "throughline",
  clientSecret: "from-the-provider",
};

const ORGANISATION: RouteDocs = {
  "GET /api/tenant": { tag, summary: "The organisation and its projects", answer: tenant },
  "PATCH /api/tenant": {
    tag,
    summary: "Renames the organisation",
    answer: done,
    example: { body: { name: "Example Ltd" } },
  },
  "DELETE /api/tenant": {
    tag,
    summary: "Deletes the organisation with all its data",
    answer: done,
    problems: ["confirmation_needed", "conflict"],
    example: { body: { name: "not its name, so nothing happens", why } },
  },
  "POST /api/tenants": {
    tag,
    summary: "Creates a further organisation",
    answer: madeTenant,
    problems: ["conflict"],
    example: { body: { name: "Another Ltd" } },
  },
  "GET /api/tenant/export": {
    tag,
    summary: "Everything the organisation stores, a JSON document a line",
    answer: "application/gzip",
    problems: ["conflict"],
  },
  "POST /api/projects": {
    tag,
    summary: "Creates a project",
    answer: done,
    problems: ["already_exists"],
    example: { body: { id: "docs-example", name: "Docs example" } },
  },
  "PATCH /api/projects/:projectId": {
    tag,
    summary: "Renames a project",
    answer: done,
    problems: ["unknown_project"],
    example: { params: { projectId: "default" }, body: { name: "Shop" } },
  },
  "DELETE /api/projects/:projectId": {
    tag,
    summary: "Deletes a project with all its data",
    answer: done,
    problems: ["unknown_project", "confirmation_needed", "conflict"],
    example: { params: { projectId: "no-such-project" }, body: { id: "no-such-project", why } },
  },
  "GET /api/usage": { tag, summary: "What was used of the daily quotas", answer: usagePage },
  "GET /api/storage": {
    tag,
    summary: "What the organisation's telemetry takes on disk, by table",
    answer: storageReport,
  },
  "PATCH /api/quotas/:tenantId": {
    tag,
    summary: "Sets an organisation's daily quotas",
    answer: done,
    problems: ["unknown_organisation"],
    example: { params: { tenantId: NO_SUCH_ID }, body: { spans: 1_000_000, why } },
  },
  "GET /api/retention": { tag, summary: "How long telemetry is kept", answer: retention },
  "PUT /api/retention": {
    tag,
    summary: "Sets how long telemetry is kept; what is older is deleted",
    answer: done,
    example: { body: { rawDays: 30, aggregateDays: 365, why } },
  },
  "GET /api/roles": { tag, summary: "Who may do what: the one table", answer: roleTable },
};

const MEMBERS: RouteDocs = {
  "GET /api/members": { tag, summary: "Members and open invitations", answer: memberList },
  "PATCH /api/members/:userId": {
    tag,
    summary: "Changes a member's role or projects",
    answer: done,
    problems: ["unknown_member", "conflict", "invalid_input"],
    example: { params: { userId }, body: { role: "ADMIN", why } },
  },
  "DELETE /api/members/:userId": {
    tag,
    summary: "Removes a member",
    answer: done,
    problems: ["unknown_member", "conflict"],
    example: { params: { userId }, body: { why } },
  },
  "POST /api/members/:userId/reset-link": {
    tag,
    summary: "Makes a link with which a member sets a new password",
    answer: secretLink,
    problems: ["unknown_member", "conflict", "unknown_host"],
    example: { params: { userId } },
  },
  "POST /api/invitations": {
    tag,
    summary: "Invites somebody",
    answer: secretLink,
    problems: ["already_exists", "unknown_project", "unknown_host", "invalid_input"],
    example: { body: { email: "new@example.com", role: "VIEWER" } },
  },
  "DELETE /api/invitations/:id": {
    tag,
    summary: "Takes an invitation back",
    answer: done,
    problems: ["unknown_invitation"],
    example: { params },
  },
  "POST /api/invitations/look": {
    tag,
    summary: "What an invitation's link is for",
    answer: invitationView,
    problems: ["link_invalid"],
    example: { body: { token: TOKEN } },
  },
  "POST /api/invitations/accept": {
    tag,
    summary: "Accepts an invitation",
    answer: done,
    problems: ["link_invalid", "sign_in_required", "invalid_input", "too_busy"],
    example: { body: { token: TOKEN } },
  },
};

const KEYS: RouteDocs = {
  "GET /api/ingest-keys": {
    tag,
    summary: "Ingest keys, never the keys themselves",
    answer: ingestKeyList,
  },
  "POST /api/ingest-keys": {
    tag,
    summary: "Creates an ingest key; the answer shows it once",
    answer: createdKey,
    problems: ["unknown_project"],
    example: { body: { name: "Web servers", projectId: "default", kind: "server" } },
  },
  "PATCH /api/ingest-keys/:id": {
    tag,
    summary: "Renames an ingest key or changes its sites",
    answer: done,
    problems: ["unknown_key", "invalid_input"],
    example: { params, body: { name: "Web servers, eu" } },
  },
  "POST /api/ingest-keys/:id/rotate": {
    tag,
    summary: "Makes a new key in the place of one, which goes on for a while",
    answer: createdKey,
    problems: ["unknown_key", "conflict"],
    example: { params, body: { overlapHours: 24 } },
  },
  "DELETE /api/ingest-keys/:id": {
    tag,
    summary: "Revokes an ingest key",
    answer: done,
    problems: ["unknown_key"],
    example: { params, body: { why } },
  },
  "GET /api/api-keys": { tag, summary: "API keys that the caller may see", answer: apiKeyList },
  "POST /api/api-keys": {
    tag,
    summary: "Creates an API key; the answer shows it once",
    answer: createdKey,
    problems: ["unknown_project", "invalid_input"],
    example: { body: { name: "Reports", scopes: ["telemetry:read"], expiresInDays: 30 } },
  },
  "POST /api/api-keys/:id/rotate": {
    tag,
    summary: "Makes a new key in the place of one, which goes on for a while",
    answer: createdKey,
    problems: ["unknown_key", "conflict"],
    example: { params, body: { overlapHours: 24 } },
  },
  "DELETE /api/api-keys/:id": {
    tag,
    summary: "Revokes an API key",
    answer: done,
    problems: ["unknown_key"],
    example: { params, body: { why } },
  },
};

const AUDIT: RouteDocs = {
  "GET /api/audit": {
    tag,
    summary: "The audit log, newest first",
    answer: auditPage,
    example: { query: { limit: "20" } },
  },
  "GET /api/audit/export": {
    tag,
    summary: "The audit log as a file",
    answer: "text/csv",
    example: { query: { format: "csv" } },
  },
};

const SIGN_ON: RouteDocs = {
  "GET /api/sso-providers": {
    tag,
    summary: "Single sign-on providers",
    answer: ssoProviderList,
    problems: ["unknown_host"],
  },
  "POST /api/sso-providers": {
    tag,
    summary: "Sets a provider up",
    answer: ssoProvider,
    problems: ["already_exists", "invalid_input", "unknown_host"],
    example: { body: { id: NO_SUCH_ID, ...provider } },
  },
  "PUT /api/sso-providers/:id": {
    tag,
    summary: "Changes a provider",
    answer: ssoProvider,
    problems: ["unknown_provider", "invalid_input", "unknown_host"],
    example: { params: { id: NO_SUCH_ID.replace(/0$/, "1") }, body: provider },
  },
  "DELETE /api/sso-providers/:id": {
    tag,
    summary: "Removes a provider",
    answer: done,
    problems: ["unknown_provider"],
    example: { params: { id: NO_SUCH_ID.replace(/0$/, "1") }, body: { why } },
  },
  "POST /api/sso-providers/:id/check": {
    tag,
    summary: "Asks a provider whether it is set up as it has to be",
    answer: ssoCheck,
    problems: ["unknown_provider", "provider_failed"],
    example: { params: { id: NO_SUCH_ID.replace(/0$/, "1") } },
  },
};

export const ACCESS: RouteDocs = { ...ORGANISATION, ...MEMBERS, ...KEYS, ...AUDIT, ...SIGN_ON };
