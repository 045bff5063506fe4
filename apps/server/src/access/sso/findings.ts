/** What is right and wrong with a provider, for whoever sets it up. */
import type { SsoCheck } from "@throughline/contract";
import type { ServerMetadata } from "openid-client";
import type { OutgoingFetch } from "../../outgoing/index.ts";
import type { OidcProvider } from "./oidcClient.ts";

export type Finding = SsoCheck["findings"][number];

/** @throws {OutgoingError} when the keys can't be asked for */
export async function findingsOf(
  server: ServerMetadata,
  provider: OidcProvider,
  fetchGuarded: OutgoingFetch,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [{ tone: "good", text: `${server.issuer} describes itself.` }];
  const bad = (text: string): void => void findings.push({ tone: "bad", text });
  const warn = (text: string): void => void findings.push({ tone: "warn", text });

  const endpoints = (["authorization_endpoint", "token_endpoint", "jwks_uri"] as const).map((name) => ({
    name,
    address: server[name],
  }));
  const absent = endpoints.filter(({ address }) => address === undefined);
  if (absent.length > 0) bad(`It names no ${namesOf(absent)}, which signing in needs.`);
  const plain = endpoints.filter(({ address }) => address?.startsWith("https:") === false);
  if (plain.length > 0) warn(`Not https, so others on the way can read along: ${namesOf(plain)}.`);
  const responses = server.response_types_supported;
  if (responses !== undefined && !responses.includes("code"))
    bad("It does not offer the authorization code flow (response type 'code').");
  const isPkceKnown = server.code_challenge_methods_supported?.includes("S256") === true;
  if (!isPkceKnown) warn("It does not say that it checks PKCE (S256). It is sent in any case.");
  const missing = provider.scopes.filter((scope) => server.scopes_supported?.includes(scope) === false);
  if (missing.length > 0) warn(`It does not list the scope ${missing.join(", ")}: claims may be missing.`);
  const isListed = server.claims_supported?.includes(provider.groupsClaim);
  if (isListed === false)
    warn(
      `It does not list the claim ${provider.groupsClaim}: groups may not arrive, so nobody gets a role by them.`,
    );
  if (
    provider.clientSecret === null &&
    server.token_endpoint_auth_methods_supported?.includes("none") === false
  )
    bad("It takes no clients without a secret, and none is stored here.");
  if (server.jwks_uri !== undefined) findings.push(await keysFinding(server.jwks_uri, fetchGuarded));
  return findings;
}

const namesOf = (endpoints: readonly { readonly name: string }[]): string =>
  endpoints.map(({ name }) => name).join(", ");

async function keysFinding(address: string, fetchGuarded: OutgoingFetch): Promise<Finding> {
  const answer = await fetchGuarded(address, { headers: { accept: "application/json" } });
  const keys = answer.ok ? countOf(await answer.json().catch(() => null)) : 0;
  await answer.body?.cancel().catch(() => undefined);
  return keys === 0
    ? { tone: "bad", text: "It publishes no keys, so nothing it signs can be checked." }
    : { tone: "good", text: `It publishes ${keys} ${keys === 1 ? "key" : "keys"} to check signatures with.` };
}

function countOf(document: unknown): number {
  if (typeof document !== "object" || document === null || !("keys" in document)) return 0;
  return Array.isArray(document.keys) ? document.keys.length : 0;
}
