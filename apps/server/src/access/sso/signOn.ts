/**
 * One sign-in through a provider, from the browser's leaving to its coming back. What has to be remembered in between is
 * in a sealed cookie of that browser (`tl_sso_flow`), so whoever brings back somebody else's answer, or the answer to
 * another question, has nothing that fits.
 *
 *   start ──▶ provider ──▶ callback: flow fits? ─▶ code for tokens ─▶ claims ─▶ role ─▶ member ─▶ session
 *                                       └ no: nothing is asked     └ none: out ┘
 */
import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { ControlStore } from "../../engines/control/store.ts";
import { OutgoingError } from "../../outgoing/index.ts";
import { type Actor, auditedAsOwner, type Deed, recordDeed } from "../audit/audited.ts";
import { AccessError } from "../problems.ts";
import type { SecretBox } from "../secrets.ts";
import { type Admission, admitPerson, type AdmittedPerson, expelPerson, roleOf } from "./admitPerson.ts";
import type { OidcClient } from "./oidcClient.ts";
import { enabledProvider, oidcProviderOf, type ProviderRow } from "./providers.ts";

export interface SignOnContext {
  readonly control: ControlStore;
  readonly oidc: OidcClient;
  readonly box: SecretBox;
  readonly firstTenantId: string;
  readonly actor: Actor;
  /** Sessions and keys of this person mean something else from now on. */
  accessChanged(userId: string): Promise<void>;
}

/** What a sealed flow belongs to. */
const FLOW = "cookie.sso_flow";
/** As long as somebody may take at the provider: to find the second factor, to reset a password. */
export const FLOW_SECONDS = 15 * 60;

const signOnFlow = z.object({
  providerId: z.uuid(),
  redirectUrl: z.url(),
  /** A page of ours. */
  next: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  expiresAtMs: z.number(),
});
export type SignOnFlow = z.infer<typeof signOnFlow>;

/**
 * @returns where the browser goes, and the cookie it takes along
 * @throws {AccessError} unknown_provider, provider_failed
 */
export async function startSignOn(
  context: SignOnContext,
  { providerId, redirectUrl, next }: Pick<SignOnFlow, "providerId" | "redirectUrl" | "next">,
): Promise<{ readonly url: string; readonly cookie: string }> {
  const provider = await mustFind(context.control, providerId);
  const { url, flow } = await recordingFailure(context, provider, () =>
    context.oidc.start(oidcProviderOf(provider, context.box), redirectUrl),
  );
  const kept: SignOnFlow = {
    providerId,
    redirectUrl,
    next,
    ...flow,
    expiresAtMs: Date.now() + FLOW_SECONDS * 1000,
  };
  return { url, cookie: context.box.seal(JSON.stringify(kept), FLOW) };
}

/** Null when the cookie is missing, forged, of another key, or too old. */
export function openFlow(box: SecretBox, cookie: string | null): SignOnFlow | null {
  if (cookie === null) return null;
  try {
    const flow = signOnFlow.parse(JSON.parse(box.open(cookie, FLOW)));
    return flow.expiresAtMs > Date.now() ? flow : null;
  } catch {
    // Whichever way it does not open, it is none of ours.
    return null;
  }
}

/**
 * @param search of the address the browser came back to
 * @throws {AccessError} unknown_provider, provider_failed, forbidden, sign_in_again
 */
export async function finishSignOn(
  context: SignOnContext,
  { providerId, flow, search }: { providerId: string; flow: SignOnFlow | null; search: URLSearchParams },
): Promise<AdmittedPerson> {
  // Before anything is asked of anybody: strangers can't make us ask.
  if (flow === null || flow.providerId !== providerId || !isSame(search.get("state"), flow.state))
    throw new AccessError(
      "sign_in_again",
      "This sign-in took too long, was started in another window, or is not yours: start again.",
    );
  const provider = await mustFind(context.control, providerId);
  const callbackUrl = new URL(flow.redirectUrl);
  callbackUrl.search = search.toString();
  const claims = await recordingFailure(context, provider, () =>
    context.oidc.finish(oidcProviderOf(provider, context.box), callbackUrl, flow),
  );
  return await admit(context, {
    provider,
    claims,
    isOfFirstTenant: provider.tenant_id === context.firstTenantId,
  });
}

async function admit(context: SignOnContext, admission: Admission): Promise<AdmittedPerson> {
  const { provider, claims } = admission;
  const { control, actor } = context;
  const audit = { control, actor, tenantId: provider.tenant_id };
  const role = roleOf(provider, claims);
  if (role !== null) {
    const admitted = await auditedAsOwner(audit, signInDeed(provider), (tx, note) =>
      admitPerson(tx, admission, role, note),
    );
    await context.accessChanged(admitted.userId);
    return admitted;
  }
  const deed = { action: "sso.no-role", target: targetOf(provider) };
  const known = await auditedAsOwner(audit, deed, (tx, note) => expelPerson(tx, admission, note));
  if (known !== null) await context.accessChanged(known);
  throw new AccessError(
    "forbidden",
    "None of your groups has a role here. Ask whoever looks after single sign-on to add one of them.",
  );
}

async function mustFind(control: ControlStore, id: string): Promise<ProviderRow> {
  const provider = await enabledProvider(control, id);
  if (provider !== null) return provider;
  throw new AccessError("unknown_provider", "There is no such sign-on provider, or it is switched off.");
}

/**
 * What went wrong is for the organisation's audit log. A stranger at the sign-in page learns what to do, and nothing of
 * addresses inside.
 */
async function recordingFailure<T>(
  { control, actor }: SignOnContext,
  provider: ProviderRow,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AccessError || error instanceof OutgoingError)) throw error;
    const reason = { code: error.code, message: error.message };
    const deed = { ...signInDeed(provider), detail: { reason } };
    await recordDeed({ control, actor, tenantId: provider.tenant_id }, deed, "refused");
    if (error instanceof AccessError) throw error;
    throw new AccessError(
      "provider_failed",
      "The provider can't be reached from here. Whoever looks after single sign-on finds the reason in its settings.",
    );
  }
}

const targetOf = (provider: ProviderRow) => ({ kind: "sso-provider", id: provider.id, name: provider.name });

function signInDeed(provider: ProviderRow): Deed {
  return { action: "session.sign-in", target: targetOf(provider) };
}

function isSame(given: string | null, expected: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
