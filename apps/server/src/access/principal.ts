/** Who asks, in which organisation, and what they may do there. */
import type { Membership, Role } from "@throughline/contract";
import { ACTIONS, type ActionName, actionsOf, roleMay } from "./roles.ts";

export interface PersonPrincipal {
  readonly kind: "person";
  readonly userId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly email: string;
  readonly hasTwoFactor: boolean;
  readonly signedInAtMs: number;
  /** Set when single sign-on opened the session: then `memberships` holds that provider's organisation only. */
  readonly ssoProviderId: string | null;
  /** By name. */
  readonly memberships: readonly Membership[];
  /** The chosen organisation; null when there is none. */
  readonly tenantId: string | null;
  readonly role: Role | null;
  /** Null: all. */
  readonly projectIds: readonly string[] | null;
  readonly isFirstTenant: boolean;
  readonly scopes: null;
}

export interface KeyPrincipal {
  readonly kind: "api-key";
  readonly keyId: string;
  readonly name: string;
  /** Who made it: it can never do more than that person can now. */
  readonly makerId: string;
  readonly tenantId: string;
  /** The maker's. */
  readonly role: Role;
  readonly projectIds: readonly string[] | null;
  readonly isFirstTenant: boolean;
  readonly scopes: readonly ActionName[];
}

/** Whoever is on this machine, as long as there is no owner who could sign in: may look, and change nothing. */
export interface LocalPrincipal {
  readonly kind: "local";
  readonly tenantId: string;
  readonly role: "VIEWER";
  readonly projectIds: null;
  readonly isFirstTenant: true;
  readonly scopes: null;
}

export type Principal = PersonPrincipal | KeyPrincipal | LocalPrincipal;
/** What a handler behind an action gets: an organisation is chosen and the role in it known. */
export type TenantPrincipal = Principal & { readonly tenantId: string; readonly role: Role };

export function hasTenant(principal: Principal): principal is TenantPrincipal {
  return principal.tenantId !== null && principal.role !== null;
}

export function may(principal: Principal, action: ActionName): boolean {
  if (!hasTenant(principal) || !roleMay(principal.role, action, principal.isFirstTenant)) return false;
  // Whoever is limited to some projects is no part of what concerns all of them, or the whole installation.
  if (principal.projectIds !== null && (ACTIONS[action].isInstallation || ACTIONS[action].isWhole))
    return false;
  return principal.scopes === null || principal.scopes.includes(action);
}

export function permissionsOf(principal: Principal): readonly ActionName[] {
  if (!hasTenant(principal)) return [];
  return actionsOf(principal.role, principal.isFirstTenant).filter((action) => may(principal, action));
}

/** Whether the principal may see this project of its organisation. */
export function maySeeProject(principal: Principal, projectId: string): boolean {
  return principal.projectIds === null || principal.projectIds.includes(projectId);
}
