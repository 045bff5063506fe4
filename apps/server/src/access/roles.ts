/**
 * Who may do what: the one table. Every route names one of these actions (or one of SPECIAL), the roles page shows it, and
 * tests walk it. Viewing is safe for everybody; what changes data is for administrators; what changes access, production
 * or what others rely on is for super administrators.
 */
import type { Role } from "@throughline/contract";

export interface Action {
  readonly text: string;
  readonly roles: Readonly<Record<Role, boolean>>;
  /** May be given to an API key as a scope. */
  readonly isScope: boolean;
  /** Of the whole installation: for members of its first organisation only. */
  readonly isInstallation: boolean;
  /** Of a whole organisation: not for whoever is limited to some of its projects. */
  readonly isWhole: boolean;
  /** The person has to say why. */
  readonly needsReason: boolean;
}

type Options = Partial<Pick<Action, "isScope" | "isInstallation" | "isWhole" | "needsReason">>;

const yes = true;
const no = false;
const key: Options = { isScope: true };
const reason: Options = { needsReason: true };
const installation: Options = { isInstallation: true };

// prettier-ignore
export const ACTIONS = {
  //                                VIEWER ADMIN SUPER_ADMIN
  "environments:read":      action(yes,   yes,  yes, "View environment status", key),
  "deployments:read":       action(yes,   yes,  yes, "View deployment history", key),
  "deployments:write":      action(no,    yes,  yes, "Record deployments that happened", key),
  "crons:read":             action(yes,   yes,  yes, "View cron job status", key),
  "workers:read":           action(yes,   yes,  yes, "View worker status", key),
  "deployments:promote":    action(no,    no,   yes, "Promote next to production", reason),
  "deployments:rollback":   action(no,    no,   yes, "Roll back production", reason),
  "deployments:trigger":    action(no,    no,   yes, "Trigger a deployment by hand", reason),
  "branches:manage":        action(no,    no,   yes, "Manage Neon branches", reason),

  "telemetry:read":         action(yes,   yes,  yes, "View traces, logs, metrics, errors and everything made of them", key),
  "budgets:write":          action(no,    yes,  yes, "Create, change and delete performance budgets", key),
  "databases:write":        action(no,    yes,  yes, "Register, change, check and remove watched databases"),
  "errors:write":           action(no,    yes,  yes, "Resolve, ignore and reopen errors, and give them to somebody", key),
  "system:read":            action(yes,   yes,  yes, "View the product's own health", { ...key, ...installation }),

  "usage:read":             action(yes,   yes,  yes, "View what was used of the daily quotas, and what is stored", key),
  "retention:write":        action(no,    no,   yes, "Set how long traces, logs, metrics and what is made of them are kept"),
  "quotas:write":           action(no,    no,   yes, "Set the daily quotas of organisations", installation),

  "projects:write":         action(no,    yes,  yes, "Create and rename projects", key),
  "projects:delete":        action(no,    no,   yes, "Delete a project with all its data", reason),
  "source-maps:write":      action(no,    yes,  yes, "Upload and delete source maps of sites", key),
  "ingest-keys:read":       action(no,    yes,  yes, "See ingest keys (never the keys themselves)"),
  "ingest-keys:write":      action(no,    yes,  yes, "Create, rotate and revoke ingest keys"),
  "api-keys:write":         action(no,    yes,  yes, "Create, rotate and revoke one's own API keys"),
  "api-keys:manage":        action(no,    no,   yes, "See and revoke everybody's API keys"),
  "audit:read":             action(no,    yes,  yes, "Read and export the audit log", { ...key, isWhole: true }),
  "members:read":           action(no,    yes,  yes, "See members, their roles and open invitations"),
  "members:write":          action(no,    no,   yes, "Invite and remove people, change roles and projects, make reset links"),
  "sso:write":              action(no,    no,   yes, "Set up single sign-on"),
  "tenant:write":           action(no,    no,   yes, "Rename the organisation"),
  "tenant:export":          action(no,    no,   yes, "Export everything the organisation stores"),
  "tenant:delete":          action(no,    no,   yes, "Delete the organisation with all its data", reason),
  "tenants:create":         action(no,    no,   yes, "Create further organisations", installation),
} as const;

/** What a route may declare besides an action: it is not about a role in an organisation. */
export const SPECIAL = {
  public: "Open to everybody: no tenant's data.",
  "ingest:write": "Send telemetry: the route finds out its sender itself (authenticateSender).",
  "signed-in": "Whoever is signed in, whichever the role: about oneself and one's organisations.",
  account: "About one's own account: signed in by oneself, not through an organisation's single sign-on.",
} as const;

export type ActionName = keyof typeof ACTIONS;
export type Permission = ActionName | keyof typeof SPECIAL;

/** Every name that a route may declare, with a sentence. */
export const PERMISSIONS: Readonly<Record<Permission, string>> = {
  ...SPECIAL,
  ...(Object.fromEntries(Object.entries(ACTIONS).map(([name, { text }]) => [name, text])) as Record<
    ActionName,
    string
  >),
};

/** Lowest first. */
export const ROLES = ["VIEWER", "ADMIN", "SUPER_ADMIN"] as const satisfies readonly Role[];

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}

export function isPermission(name: unknown): name is Permission {
  return typeof name === "string" && Object.hasOwn(PERMISSIONS, name);
}

export function isScope(name: string): name is ActionName {
  return isAction(name) && ACTIONS[name].isScope;
}

/** @param isFirstTenant whether the role is held in the installation's first organisation. */
export function roleMay(role: Role, name: ActionName, isFirstTenant: boolean): boolean {
  const found: Action = ACTIONS[name];
  return found.roles[role] && (isFirstTenant || !found.isInstallation);
}

export function actionsOf(role: Role, isFirstTenant: boolean): readonly ActionName[] {
  return Object.keys(ACTIONS)
    .filter(isAction)
    .filter((name) => roleMay(role, name, isFirstTenant));
}

function action(
  viewer: boolean,
  admin: boolean,
  superAdmin: boolean,
  text: string,
  options: Options = {},
): Action {
  return {
    text,
    roles: { VIEWER: viewer, ADMIN: admin, SUPER_ADMIN: superAdmin },
    isScope: false,
    isInstallation: false,
    isWhole: false,
    needsReason: false,
    ...options,
  };
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Every route declares one: `{ config: { permission: "telemetry:read" } }`. */
    permission?: Permission;
  }
}
