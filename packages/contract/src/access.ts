/**
 * Sign-in, organisations, members, keys and the audit log on the wire. Times are milliseconds since the epoch. Changes
 * are JSON; those that answer with nothing else answer `done`. Refusals are problem details (docs/errors.md).
 *
 * Signing in is better-auth's own: `POST /api/auth/sign-in/email` {email, password} answers with the session's cookie, or
 * with `twoFactorRedirect: true`, then `POST /api/auth/two-factor/verify-totp` or `verify-backup-code` {code};
 * `POST /api/auth/sign-out`. Which of its addresses are open, and to whom: http/routes/access/auth.ts.
 */
import { z } from "zod";

export const role = z.enum(["VIEWER", "ADMIN", "SUPER_ADMIN"]);
export type Role = z.infer<typeof role>;

const id = z.uuid();
const name = z.string().trim().min(1).max(200);
const email = z.string().trim().toLowerCase().max(320).pipe(z.email());
/** Between 10 and 128 characters, whichever they are. */
export const newPassword = z.string().min(10).max(128);
const projectId = z.string().min(1).max(63);
/** Why somebody does something: kept in the audit log. */
const why = z.string().trim().max(2000);
/** Days until a key or an invitation ends. */
const days = z.number().int().min(1).max(3650);

// ── set-up and sign-in ──────────────────────────────────────────────────────────────────────────────────────────────

/** `GET /api/setup` */
export const setupState = z.object({
  isNeeded: z.boolean(),
  /** Asked from another machine: the code that was printed at the start is needed. */
  isCodeNeeded: z.boolean(),
});
export type SetupState = z.infer<typeof setupState>;

/** `POST /api/setup` */
export const setupRequest = z.object({
  name,
  email,
  password: newPassword,
  organisation: name.optional(),
  code: z.string().max(100).optional(),
});
export type SetupRequest = z.infer<typeof setupRequest>;

export const membership = z.object({
  tenantId: z.string(),
  tenantName: z.string(),
  role,
  /** Null: all projects. */
  projectIds: z.array(z.string()).nullable(),
  /** The installation's first organisation, whose members also look after the installation. */
  isFirst: z.boolean(),
});
export type Membership = z.infer<typeof membership>;

/** `GET /api/me`: who asks, and what they may do in the organisation that is chosen. */
export const sessionState = z.object({
  person: z
    .object({
      userId: z.string(),
      name: z.string(),
      email: z.string(),
      hasTwoFactor: z.boolean(),
      /** Signed in through an organisation's single sign-on: then it can't change the account itself. */
      isSingleSignOn: z.boolean(),
    })
    .nullable(),
  memberships: z.array(membership),
  /** The chosen one; null when the person belongs to none. */
  tenantId: z.string().nullable(),
  role: role.nullable(),
  /** The projects that are shown; null: all of the organisation. */
  projectIds: z.array(z.string()).nullable(),
  /** Names of the actions that are allowed here and now. */
  permissions: z.array(z.string()),
  isSetupNeeded: z.boolean(),
  /** Ways to sign in that work at this address. */
  canMail: z.boolean(),
  canPasskey: z.boolean(),
});
export type SessionState = z.infer<typeof sessionState>;

/** `POST /api/me/tenant`: the answer sets a cookie; programs send the header `x-throughline-tenant` instead. */
export const chooseTenant = z.object({ tenantId: id });

/** `GET /api/me/sessions`; `DELETE /api/me/sessions/:sessionId` ends one, `DELETE /api/me/sessions` all but this one. */
export const sessionList = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      isCurrent: z.boolean(),
      createdAtMs: z.number(),
      lastSeenAtMs: z.number(),
      expiresAtMs: z.number(),
      address: z.string(),
      userAgent: z.string(),
      isSingleSignOn: z.boolean(),
    }),
  ),
});
export type SessionList = z.infer<typeof sessionList>;

/** `GET /api/account` */
export const account = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  createdAtMs: z.number(),
  hasPassword: z.boolean(),
  hasTwoFactor: z.boolean(),
  passkeys: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      createdAtMs: z.number().nullable(),
      isBackedUp: z.boolean(),
    }),
  ),
  memberships: z.array(membership),
});
export type Account = z.infer<typeof account>;

/** `PATCH /api/account` */
export const accountChange = z.object({ name });
/** `DELETE /api/account`: the address typed again, and the password where there is one. */
export const accountDeletion = z.object({ email: z.string(), password: z.string().max(128).optional() });

/** `POST /api/password-reset` with the token of a link. */
export const passwordReset = z.object({ token: z.string().min(10).max(200), newPassword });
/** `POST /api/password-reset/request` */
export const passwordResetRequest = z.object({ email });

// ── roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `GET /api/roles`: the action table. */
export const roleTable = z.object({
  roles: z.array(role),
  actions: z.array(
    z.object({
      name: z.string(),
      text: z.string(),
      roles: z.record(role, z.boolean()),
      /** May be given to an API key. */
      isScope: z.boolean(),
      /** In the installation's first organisation only. */
      isInstallation: z.boolean(),
      needsReason: z.boolean(),
      /** Whether this version has a route that asks for it. */
      isInUse: z.boolean(),
    }),
  ),
});
export type RoleTable = z.infer<typeof roleTable>;

// ── organisations, projects, members ────────────────────────────────────────────────────────────────────────────────

/** `GET /api/tenant` */
export const tenant = z.object({
  id: z.string(),
  name: z.string(),
  createdAtMs: z.number(),
  isFirst: z.boolean(),
  members: z.number(),
  projects: z.array(z.object({ id: z.string(), name: z.string(), createdAtMs: z.number() })),
});
export type Tenant = z.infer<typeof tenant>;

/** `POST /api/tenants` answers `madeTenant`; `PATCH /api/tenant` */
export const tenantName = z.object({ name });
export const madeTenant = z.object({ tenantId: z.string() });
/** `DELETE /api/tenant`: its name typed again. */
export const tenantDeletion = z.object({ name: z.string(), why: why.min(3) });

/** `POST /api/projects` */
export const newProject = z.object({
  id: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: "must be 1 to 63 lower-case letters, digits and hyphens",
  }),
  name,
});
/** `PATCH /api/projects/:projectId` */
export const projectChange = z.object({ name });
/** `DELETE /api/projects/:projectId`: its id typed again. */
export const projectDeletion = z.object({ id: z.string(), why: why.min(3) });

export const member = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role,
  /** Null: all projects. */
  projectIds: z.array(z.string()).nullable(),
  joinedAtMs: z.number(),
  lastSeenAtMs: z.number().nullable(),
  hasTwoFactor: z.boolean(),
  hasPasskey: z.boolean(),
  isYou: z.boolean(),
});
export type Member = z.infer<typeof member>;

export const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role,
  projectIds: z.array(z.string()).nullable(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
  invitedBy: z.string(),
  isExpired: z.boolean(),
});
export type Invitation = z.infer<typeof invitation>;

/** `GET /api/members` */
export const memberList = z.object({ members: z.array(member), invitations: z.array(invitation) });
export type MemberList = z.infer<typeof memberList>;

/** `PATCH /api/members/:userId` */
export const memberChange = z.object({
  role: role.optional(),
  /** Null: all projects. Only viewers can be limited. */
  projectIds: z.array(projectId).max(1000).nullable().optional(),
  why: why.optional(),
});
/** `DELETE /api/members/:userId` */
export const memberRemoval = z.object({
  why: why.optional(),
  /** Also delete the account, when this is the person's only organisation. */
  deletePerson: z.boolean().default(false),
});
/** `POST /api/members/:userId/reset-link` and `POST /api/invitations`: shown this once. */
export const secretLink = z.object({ url: z.string(), expiresAtMs: z.number(), isMailed: z.boolean() });
export type SecretLink = z.infer<typeof secretLink>;

/** `POST /api/invitations`; `DELETE /api/invitations/:id` takes one back. */
export const newInvitation = z.object({
  email,
  role,
  projectIds: z.array(projectId).max(1000).nullable().default(null),
  expiresInDays: days.max(90).default(7),
});
/** `POST /api/invitations/look`: what the person who holds the link is told. */
export const invitationToken = z.object({ token: z.string().min(20).max(200) });
export const invitationView = z.object({
  email: z.string(),
  role,
  tenantName: z.string(),
  invitedBy: z.string(),
  expiresAtMs: z.number(),
  /** Then they sign in with it first; otherwise they choose a name and a password. */
  hasAccount: z.boolean(),
  /** Whether the one who asks is signed in with this very address. */
  isSignedInAsInvited: z.boolean(),
});
export type InvitationView = z.infer<typeof invitationView>;
/** `POST /api/invitations/accept` */
export const invitationAcceptance = invitationToken.extend({
  name: name.optional(),
  password: newPassword.optional(),
});

// ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const keyState = z.enum(["active", "expiring", "expired", "revoked", "without-maker"]);
export type KeyState = z.infer<typeof keyState>;

const keyFields = {
  id: z.string(),
  name: z.string(),
  /** Its first characters. */
  prefix: z.string(),
  state: keyState,
  createdAtMs: z.number(),
  createdBy: z.string(),
  lastUsedAtMs: z.number().nullable(),
  expiresAtMs: z.number().nullable(),
  revokedAtMs: z.number().nullable(),
  /** Id of the key it took over from. */
  replaces: z.string().nullable(),
};

export const ingestKey = z.object({
  ...keyFields,
  projectId: z.string(),
  kind: z.enum(["server", "browser"]),
  allowedOrigins: z.array(z.string()),
});
export type IngestKey = z.infer<typeof ingestKey>;
/** `GET /api/ingest-keys` */
export const ingestKeyList = z.object({ keys: z.array(ingestKey) });
export type IngestKeyList = z.infer<typeof ingestKeyList>;

/** `https://shop.example`, `https://*.shop.example` or `http://localhost:5173`: no path. */
export const siteOrigin = z
  .string()
  .trim()
  .toLowerCase()
  .max(300)
  .regex(/^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$|^https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/, {
    error: "must be an origin such as https://shop.example or https://*.shop.example, without a path",
  });

/** `POST /api/ingest-keys` */
export const newIngestKey = z
  .object({
    name,
    projectId,
    kind: z.enum(["server", "browser"]),
    allowedOrigins: z.array(siteOrigin).max(100).default([]),
    expiresInDays: days.nullable().default(null),
  })
  .refine((input) => input.kind === "server" || input.allowedOrigins.length > 0, {
    error: "a browser key needs the sites that may send with it",
    path: ["allowedOrigins"],
  });
/** `PATCH /api/ingest-keys/:id` */
export const ingestKeyChange = z.object({
  name: name.optional(),
  allowedOrigins: z.array(siteOrigin).max(100).optional(),
});
/** `POST /api/{ingest,api}-keys/:id/rotate`: how long the old key works beside the new one. */
export const keyRotation = z.object({
  overlapHours: z
    .number()
    .min(0)
    .max(24 * 90)
    .default(24),
  why: why.optional(),
});
/** `DELETE /api/{ingest,api}-keys/:id` */
export const keyRevocation = z.object({ why: why.optional() });
/** Answer of creating or rotating a key; the key itself is shown this once. */
export const createdKey = z.object({ id: z.string(), key: z.string(), prefix: z.string() });
export type CreatedKey = z.infer<typeof createdKey>;

export const apiKey = z.object({
  ...keyFields,
  scopes: z.array(z.string()),
  projectIds: z.array(z.string()).nullable(),
  isYours: z.boolean(),
});
export type ApiKey = z.infer<typeof apiKey>;
/** `GET /api/api-keys`: one's own, or everybody's for those who may manage them. */
export const apiKeyList = z.object({ keys: z.array(apiKey) });
export type ApiKeyList = z.infer<typeof apiKeyList>;
/** `POST /api/api-keys` */
export const newApiKey = z.object({
  name,
  scopes: z.array(z.string().max(100)).min(1).max(50),
  projectIds: z.array(projectId).max(1000).nullable().default(null),
  expiresInDays: days.nullable().default(90),
});

// ── single sign-on (no routes yet) ──────────────────────────────────────────────────────────────────────────────────────────────────

const ssoFields = {
  name,
  /** The provider's address; its `/.well-known/openid-configuration` is read. */
  issuer: z.url().max(2000),
  clientId: z.string().trim().min(1).max(500),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/))
    .max(20)
    .default(["openid", "email", "profile"]),
  groupsClaim: z.string().trim().min(1).max(200).default("groups"),
  roleByGroup: z
    .array(z.object({ group: z.string().min(1).max(500), role }))
    .max(200)
    .default([]),
  /** For people in no mapped group; null refuses them. */
  defaultRole: role.nullable().default(null),
  emailDomains: z
    .array(
      z
        .string()
        .trim()
        .toLowerCase()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
    )
    .max(50)
    .default([]),
  isEnabled: z.boolean().default(true),
};

/** `POST /api/sso-providers` */
export const newSsoProvider = z.object({
  ...ssoFields,
  clientSecret: z.string().min(1).max(2000).nullable().default(null),
});
/** `PUT /api/sso-providers/:id`; without `clientSecret` the stored one stays. */
export const ssoProviderChange = z.object({
  ...ssoFields,
  clientSecret: z.string().min(1).max(2000).nullable().optional(),
});
export const ssoProvider = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  /** Never the secret itself. */
  hasClientSecret: z.boolean(),
  scopes: z.array(z.string()),
  groupsClaim: z.string(),
  roleByGroup: z.array(z.object({ group: z.string(), role })),
  defaultRole: role.nullable(),
  emailDomains: z.array(z.string()),
  isEnabled: z.boolean(),
  createdAtMs: z.number(),
  /** To be entered at the provider. */
  redirectUrl: z.string(),
});
export type SsoProvider = z.infer<typeof ssoProvider>;
/** `GET /api/sso-providers` */
export const ssoProviderList = z.object({ providers: z.array(ssoProvider) });
export type SsoProviderList = z.infer<typeof ssoProviderList>;
/** `POST /api/sso/find`: where the person with this address signs in. */
export const ssoQuestion = z.object({ email });
export const ssoAnswer = z.object({ providers: z.array(z.object({ id: z.string(), name: z.string() })) });
export type SsoAnswer = z.infer<typeof ssoAnswer>;

// ── audit ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const auditResult = z.enum(["done", "refused", "failed"]);

export const auditEntry = z.object({
  id: z.string(),
  atMs: z.number(),
  actor: z.object({
    kind: z.enum(["person", "api-key", "system", "nobody"]),
    id: z.string().nullable(),
    /** Empty when the person or key is gone. */
    name: z.string(),
    email: z.string(),
  }),
  action: z.string(),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  why: z.string(),
  result: auditResult,
  detail: z.record(z.string(), z.unknown()),
  address: z.string(),
  userAgent: z.string(),
  requestId: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** `GET /api/audit`, newest first. */
export const auditQuery = z.object({
  /** In names, addresses, ids and reasons. */
  q: z.string().trim().max(200).optional(),
  action: z.string().max(100).optional(),
  result: auditResult.optional(),
  actorId: z.string().max(100).optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type AuditQuery = z.infer<typeof auditQuery>;
/** `GET /api/audit/export` */
export const auditExportQuery = auditQuery
  .omit({ cursor: true, limit: true })
  .extend({ format: z.enum(["csv", "json"]).default("csv") });

export const auditPage = z.object({
  entries: z.array(auditEntry),
  nextCursor: z.string().nullable(),
  /** Actions that occur in this organisation's log, for the filter. */
  actions: z.array(z.string()),
});
export type AuditPage = z.infer<typeof auditPage>;

/** Answers that only say it is done. */
export const done = z.object({ ok: z.literal(true) });
