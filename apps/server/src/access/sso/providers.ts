/** Sign-on providers of a tenant: stored with a sealed client secret that never leaves again. */
import type { Role, SsoProvider } from "@throughline/contract";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import type { SecretBox } from "../secrets.ts";
import type { OidcProvider } from "./oidcClient.ts";

/** What a sealed client secret belongs to. */
export const CLIENT_SECRET = "sso_providers.client_secret";

export interface ProviderRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string | null;
  readonly scopes: string[];
  readonly groups_claim: string;
  readonly role_by_group: { group: string; role: Role }[];
  readonly default_role: Role | null;
  readonly email_domains: string[];
  readonly is_enabled: boolean;
  readonly created_at: Date;
}

export const PROVIDER_COLUMNS = `id, tenant_id, name, issuer, client_id, client_secret, scopes, groups_claim, role_by_group,
  default_role, email_domains, is_enabled, created_at`;

/** By name. */
export async function providersOfTenant(control: ControlStore, tenantId: string): Promise<ProviderRow[]> {
  return await control.readAsTenant(tenantId, (tx) =>
    tx.query<ProviderRow>(`select ${PROVIDER_COLUMNS} from sso_providers order by name, id`),
  );
}

/** Null: the tenant has none with this id. */
export async function providerOfTenant(
  control: ControlStore,
  tenantId: string,
  id: string,
): Promise<ProviderRow | null> {
  const [row = null] = await control.readAsTenant(tenantId, (tx) =>
    tx.query<ProviderRow>(`select ${PROVIDER_COLUMNS} from sso_providers where id = $1`, [id]),
  );
  return row;
}

/** An enabled provider, for somebody who is not signed in yet: of whichever tenant. */
export async function enabledProvider(control: SqlExecutor, id: string): Promise<ProviderRow | null> {
  const [row = null] = await control.query<ProviderRow>(
    `select ${PROVIDER_COLUMNS} from sso_providers where id = $1 and is_enabled`,
    [id],
  );
  return row;
}

/** Providers whose organisations proved that people of this mail domain are theirs. */
export async function providersOfDomain(
  control: ControlStore,
  domain: string,
): Promise<{ readonly id: string; readonly name: string }[]> {
  return await control.query<{ id: string; name: string }>(
    "select id, name from sso_providers where is_enabled and $1 = any (email_domains) order by name, id limit 20",
    [domain],
  );
}

/** @throws {SecretError} */
export function oidcProviderOf(row: ProviderRow, box: SecretBox): OidcProvider {
  return {
    issuer: row.issuer,
    clientId: row.client_id,
    clientSecret: row.client_secret === null ? null : box.open(row.client_secret, CLIENT_SECRET),
    scopes: row.scopes,
    groupsClaim: row.groups_claim,
  };
}

export function shownProvider(
  row: ProviderRow,
  addresses: Pick<SsoProvider, "redirectUrl" | "startUrl">,
): SsoProvider {
  return {
    id: row.id,
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    hasClientSecret: row.client_secret !== null,
    scopes: row.scopes,
    groupsClaim: row.groups_claim,
    roleByGroup: row.role_by_group,
    defaultRole: row.default_role,
    emailDomains: row.email_domains,
    isEnabled: row.is_enabled,
    createdAtMs: row.created_at.getTime(),
    ...addresses,
  };
}
