/** Who may: tenants and projects of the installation, ingest keys, and permissions of routes. */
export { type Access, type AccessOptions, openAccess } from "./access.ts";
export { actorOf, auditContextOf } from "./actor.ts";
export { csvCell, auditCsvHeader, auditCsvLine } from "./audit/auditCsv.ts";
export { audited, type AuditContext, recordDeed, recordForPerson, type Actor } from "./audit/audited.ts";
export { allAudit, auditActions, readAudit, type AuditFilter } from "./audit/readAudit.ts";
export { askAuth, refuseAs, type AuthAnswer } from "./auth/askAuth.ts";
export { cookieName, readCookie } from "./auth/cookies.ts";
export { openSession, setCookie } from "./auth/openSession.ts";
export { PEER_ADDRESS_HEADER, SESSION_SECONDS_MAX as TENANT_SECONDS } from "./auth/options.ts";
export { endApiKey, makeApiKeyOf, readApiKeys, rotateApiKey } from "./keys/manageApiKeys.ts";
export {
  changeIngestKey,
  endIngestKey,
  makeIngestKeyOf,
  readIngestKeys,
  rotateIngestKey,
} from "./keys/manageIngestKeys.ts";
export {
  acceptInvitation,
  createInvitation,
  findInvitation,
  readInvitations,
  revokeInvitation,
} from "./people/invitations.ts";
export { invitationMail, passwordMail } from "./mail/texts.ts";
export { deleteAccount, readAccount, renamePerson } from "./people/account.ts";
export { makeMailedLink, makeResetLink, resetPassword } from "./people/passwordReset.ts";
export { changeMember, readMembers, removeMember } from "./people/members.ts";
export { readSessions, revokeOtherSessions, revokeSession } from "./people/sessions.ts";
export { domainOf, domainProofOf, type ResolveTxt } from "./sso/domains.ts";
export { changeProvider, createProvider, deleteProvider } from "./sso/manageProviders.ts";
export {
  enabledProvider,
  oidcProviderOf,
  providerOfTenant,
  providersOfDomain,
  providersOfTenant,
  shownProvider,
} from "./sso/providers.ts";
export { finishSignOn, FLOW_SECONDS, openFlow, startSignOn } from "./sso/signOn.ts";
export { createProject, deleteProject, renameProject } from "./projects.ts";
export { createOwner } from "./setup/owner.ts";
export { isSetupCode } from "./setup/setupCode.ts";
export { createTenant, deleteTenant, readTenant, renameTenant } from "./tenants.ts";
export { accessPlugin, principalOf, tenantPrincipalOf } from "./accessPlugin.ts";
export { createBrowserAuthenticator } from "./authenticateBrowser.ts";
export { createOwnPagesAuthenticator } from "./authenticateOwnPages.ts";
export { createSenderAuthenticator, LOOPBACK_KEY_ID } from "./authenticateSender.ts";
export { bootstrap, DEFAULT_PROJECT, firstTenantOf, OWN_PROJECT, type Installation } from "./bootstrap.ts";
export { createIngestKey, type CreatedIngestKey, type NewIngestKey } from "./createIngestKey.ts";
export { createIngestKeyVerifier, type IngestKeyVerifier, type KeyRefusal } from "./ingestKeys.ts";
export { ingestKeysOfTenant, type IngestKeyRecord } from "./ingestKeysOfTenant.ts";
export { createProjectLists, type ProjectLists } from "./projectLists.ts";
export { projectsOfTenant, type ProjectRecord } from "./projectsOfTenant.ts";
export { ACTIONS, isAction, PERMISSIONS, ROLES, type ActionName, type Permission } from "./roles.ts";
export { originOfReader, originOfSender, type RequestOrigin } from "./requestOrigin.ts";
export { revokeIngestKey } from "./revokeIngestKey.ts";
export { rateLimitPlugin, RATE_LIMITED } from "./limits/rateLimitPlugin.ts";
export { createIngestGate } from "./limits/ingestGate.ts";
export { createRateLimiter, type RateLimiter, type RateSubject } from "./limits/rateLimiter.ts";
export { createSignInThrottle, type SignInThrottle } from "./limits/signInThrottle.ts";
export { may, maySeeProject, permissionsOf } from "./principal.ts";
export type { PersonPrincipal, Principal, TenantPrincipal } from "./principal.ts";
export { sendProblemDetails } from "./problemDetails.ts";
export { ACCESS_PROBLEMS, AccessError } from "./problems.ts";
export { exportTenant } from "./export/exportTenant.ts";
export { changeQuota } from "./quotas/changeQuota.ts";
export { changeRetention, readRetention } from "./retention/retention.ts";
export { UNLIMITED, type DailyMaxima } from "./quotas/quotaKinds.ts";
export { openQuotas, OWN_KEY_ID, type Quotas, readUsageDays } from "./quotas/quotas.ts";
export { DATABASE_PASSWORD, type SecretBox, SecretError } from "./secrets.ts";
export { KeyringUnavailable } from "./keyring.ts";
export { PasswordQueueFull } from "./auth/password.ts";
