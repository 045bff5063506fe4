/** Making, changing and deleting sign-on providers. What ends with a change ends in the same transaction. */
import type { newSsoProvider, ssoProviderChange } from "@throughline/contract";
import type { z } from "zod";
import { type AuditContext, auditedAsOwner } from "../audit/audited.ts";
import type { SqlExecutor } from "../../engines/control/store.ts";
import { AccessError } from "../problems.ts";
import type { SecretBox } from "../secrets.ts";
import { accountProviderOf } from "./admitPerson.ts";
import { provedDomains, refuseUnproved, type ResolveTxt } from "./domains.ts";
import { CLIENT_SECRET, PROVIDER_COLUMNS, providerOfTenant, type ProviderRow } from "./providers.ts";

export type NewProvider = z.output<typeof newSsoProvider>;
export type ProviderChange = z.output<typeof ssoProviderChange>;

export type ProviderContext = AuditContext & {
  readonly tenantId: string;
  readonly box: SecretBox;
  /** The installation's first organisation names mail domains without proof. */
  readonly isFirstTenant: boolean;
  readonly resolveTxt: ResolveTxt;
};

/** @throws {AccessError} already_exists, invalid_input */
export async function createProvider(context: ProviderContext, input: NewProvider): Promise<ProviderRow> {
  const deed = { action: "sso.create", target: targetOf(input.id, input.name), detail: detailOf(input) };
  const proved = await provedNow(context, input.emailDomains, []);
  return await auditedAsOwner(context, deed, async (tx) => {
    refuseWithoutProof(context, input.emailDomains, proved);
    const [made] = await tx.query<ProviderRow>(
      `insert into sso_providers (id, tenant_id, name, issuer, client_id, client_secret, scopes, groups_claim,
                                  role_by_group, default_role, email_domains, is_enabled)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       on conflict (id) do nothing returning ${PROVIDER_COLUMNS}`,
      [input.id, context.tenantId, ...valuesOf(input, sealed(context, input.clientSecret))],
    );
    if (made === undefined)
      throw new AccessError("already_exists", "This provider was made already: load the page again.");
    return made;
  });
}

/**
 * Sessions end when it is switched off, and when it becomes another provider, whose subjects are other people. Another
 * issuer is not sent the secret of the one before.
 * @throws {AccessError} unknown_provider, invalid_input
 */
export async function changeProvider(
  context: ProviderContext,
  id: string,
  change: ProviderChange,
): Promise<ProviderRow> {
  const deed = {
    action: "sso.change",
    target: targetOf(id, change.name),
    detail: { ...detailOf(change), clientSecret: fateOfSecret(change.clientSecret) },
  };
  const known = await providerOfTenant(context.control, context.tenantId, id);
  const proved = await provedNow(context, change.emailDomains, known?.email_domains ?? []);
  return await auditedAsOwner(context, deed, async (tx) => {
    const before = await lockedProvider(tx, context.tenantId, id);
    refuseWithoutProof(context, change.emailDomains, [...proved, ...before.email_domains]);
    const isOther = before.issuer !== change.issuer;
    if (isOther && before.client_secret !== null && change.clientSecret === undefined)
      throw new AccessError(
        "invalid_input",
        "Another issuer is another provider: enter the client secret that it gave you, or choose that there is none.",
      );
    const secret =
      change.clientSecret === undefined ? before.client_secret : sealed(context, change.clientSecret);
    const [changed] = await tx.query<ProviderRow>(
      `update sso_providers set name = $3, issuer = $4, client_id = $5, client_secret = $6, scopes = $7, groups_claim = $8,
              role_by_group = $9, default_role = $10, email_domains = $11, is_enabled = $12
       where id = $1 and tenant_id = $2 returning ${PROVIDER_COLUMNS}`,
      [id, context.tenantId, ...valuesOf(change, secret)],
    );
    if (isOther || !change.isEnabled) await endSessions(tx, id);
    if (isOther) await forgetSubjects(tx, id);
    if (changed === undefined) throw new Error("A locked provider vanished.");
    return changed;
  });
}

/** @throws {AccessError} unknown_provider */
export async function deleteProvider(
  context: AuditContext & { readonly tenantId: string },
  id: string,
  why: string | undefined,
): Promise<void> {
  await auditedAsOwner(context, { action: "sso.delete", target: targetOf(id), why }, async (tx, note) => {
    const { name } = await lockedProvider(tx, context.tenantId, id);
    note.target = targetOf(id, name);
    await endSessions(tx, id);
    await forgetSubjects(tx, id);
    await tx.query("delete from sso_providers where id = $1 and tenant_id = $2", [id, context.tenantId]);
  });
}

/** People, sessions and accounts belong to no tenant, so this is the owner's: each statement names the tenant itself. */
async function lockedProvider(tx: SqlExecutor, tenantId: string, id: string): Promise<ProviderRow> {
  const [row] = await tx.query<ProviderRow>(
    `select ${PROVIDER_COLUMNS} from sso_providers where id = $1 and tenant_id = $2 for update`,
    [id, tenantId],
  );
  if (row === undefined)
    throw new AccessError("unknown_provider", "There is no sign-on provider with this id here.");
  return row;
}

const endSessions = (tx: SqlExecutor, id: string) =>
  tx.query("delete from sessions where sso_provider_id = $1", [id]);

const forgetSubjects = (tx: SqlExecutor, id: string) =>
  tx.query("delete from accounts where provider_id = $1", [accountProviderOf(id)]);

/** Before the transaction: name servers are slow, and the embedded store would wait for them. */
async function provedNow(
  { isFirstTenant, tenantId, resolveTxt }: ProviderContext,
  domains: readonly string[],
  known: readonly string[],
): Promise<readonly string[]> {
  if (isFirstTenant) return domains;
  const added = domains.filter((domain) => !known.includes(domain));
  return await provedDomains(tenantId, added, resolveTxt);
}

function refuseWithoutProof(
  { tenantId }: ProviderContext,
  domains: readonly string[],
  proved: readonly string[],
): void {
  refuseUnproved(
    tenantId,
    domains.filter((domain) => !proved.includes(domain)),
  );
}

function sealed({ box }: ProviderContext, secret: string | null): string | null {
  return secret === null ? null : box.seal(secret, CLIENT_SECRET);
}

/** In the order of the columns. */
function valuesOf(input: ProviderChange, secret: string | null) {
  return [
    input.name,
    input.issuer,
    input.clientId,
    secret,
    input.scopes,
    input.groupsClaim,
    JSON.stringify(input.roleByGroup),
    input.defaultRole,
    [...new Set(input.emailDomains)],
    input.isEnabled,
  ];
}

/** The audit log's word for what became of it; the secret itself is never in there. */
function fateOfSecret(secret: string | null | undefined): "kept" | "replaced" | "removed" {
  if (secret === undefined) return "kept";
  return secret === null ? "removed" : "replaced";
}

const targetOf = (id: string, name = "") => ({ kind: "sso-provider", id, name });

/** Without the secret. */
function detailOf({ issuer, clientId, roleByGroup, defaultRole, emailDomains, isEnabled }: ProviderChange) {
  return { issuer, clientId, roleByGroup, defaultRole, emailDomains, isEnabled };
}
