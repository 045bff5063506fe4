/**
 * Sign-in, organisations, members, keys and the audit log on the wire. Times are milliseconds since the epoch. Changes
 * are JSON; those that answer with nothing else answer `done`. Refusals are problem details (docs/errors.md).
 *
 * Signing in is better-auth's own: `POST /api/auth/sign-in/email` {email, password} answers with the session's cookie, or
 * with `twoFactorRedirect: true`, then `POST /api/auth/two-factor/verify-totp` or `verify-backup-code` {code};
 * `POST /api/auth/sign-out`. Which of its addresses are open, and to whom: http/routes/access/auth.ts.
 */
import { z } from "zod";
import { usageMeter } from "./usage.ts";
import { days, email, id, name, newPassword, projectId, why } from "./accessFields.ts";

export const role = z.enum(["VIEWER", "ADMIN", "SUPER_ADMIN"]);
export type Role = z.infer<typeof role>;

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
  /** Daily quotas of which 80 % and more are used. */
  quotaAlerts: z.array(usageMeter),
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
  projects: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      createdAtMs: z.number(),
      /** Ingest keys that still work. */
      ingestKeys: z.number(),
      /** The installation's own: it stays. */
      isPermanent: z.boolean(),
    }),
  ),
});
export type Tenant = z.infer<typeof tenant>;

/** `POST /api/tenants` answers `madeTenant`; `PATCH /api/tenant` */
export const tenantName = z.object({ name });
export const madeTenant = z.object({ tenantId: z.string() });
export type MadeTenant = z.infer<typeof madeTenant>;
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
export const secretLink = z.object({
  url: z.string(),
  expiresAtMs: z.number(),
  isMailed: z.boolean(),
  /** Mail is set up, and this one did not go out. */
  hasMailFailed: z.boolean(),
});
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

// ── single sign-on ──────────────────────────────────────────────────────────────────────────────────────────────────

const ssoFields = {
  name,
  /** The provider's address; its `/.well-known/openid-configuration` is read. */
  issuer: z.url({ protocol: /^https?$/ }).max(2000),
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
  /** People with such addresses are led to this provider. Outside of the first organisation each has to be proved. */
  emailDomains: z
    .array(
      z
        .string()
        .trim()
        .toLowerCase()
        .max(253)
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, { error: "must be a domain, such as example.com" }),
    )
    .max(50)
    .default([]),
  isEnabled: z.boolean().default(true),
};

/** `POST /api/sso-providers` answers `ssoProvider`. */
export const newSsoProvider = z.object({
  ...ssoFields,
  /** The `next.id` of the list: the redirect address that is registered at the provider has it in it. */
  id,
  clientSecret: z.string().min(1).max(2000).nullable().default(null),
});
/**
 * `PUT /api/sso-providers/:id`; without `clientSecret` the stored one stays, which another `issuer` does not allow; null
 * removes it: a public client, which proves itself by PKCE alone.
 */
export const ssoProviderChange = z.object({
  ...ssoFields,
  clientSecret: z.string().min(1).max(2000).nullable().optional(),
});
/** `DELETE /api/sso-providers/:id` */
export const ssoProviderRemoval = z.object({ why: why.optional() });

const ssoAddresses = {
  /** To be entered at the provider. */
  redirectUrl: z.string(),
  /** Starts a sign-in through it, for people whose mail domain is not listed. */
  startUrl: z.string(),
};
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
  ...ssoAddresses,
});
export type SsoProvider = z.infer<typeof ssoProvider>;
/** `GET /api/sso-providers` */
export const ssoProviderList = z.object({
  providers: z.array(ssoProvider),
  /** Of the provider that may be made next: its addresses are needed at the other side before it exists here. */
  next: z.object({ id: z.string(), ...ssoAddresses }),
  /** The TXT record `_throughline.<domain>` that proves a mail domain; null where none is asked for. */
  domainProof: z.string().nullable(),
});
export type SsoProviderList = z.infer<typeof ssoProviderList>;
/** `POST /api/sso-providers/:id/check`: what its description says, read anew. */
export const ssoCheck = z.object({
  /** Whether nothing was found that stops a sign-in. */
  isUsable: z.boolean(),
  findings: z.array(z.object({ tone: z.enum(["good", "warn", "bad"]), text: z.string() })),
});
export type SsoCheck = z.infer<typeof ssoCheck>;
/** `POST /api/sso/find`: where people with addresses of this domain sign in. Says nothing of the address itself. */
export const ssoQuestion = z.object({ email });
export const ssoAnswer = z.object({ providers: z.array(z.object({ id: z.string(), name: z.string() })) });
export type SsoAnswer = z.infer<typeof ssoAnswer>;
/** `GET /api/sso/refusal`: why the browser that asks came back from a provider without a session; null when it did not. */
export const ssoRefusal = z.object({ detail: z.string().nullable() });
export type SsoRefusal = z.infer<typeof ssoRefusal>;

/** Answers that only say it is done. */
export const done = z.object({ ok: z.literal(true) });
