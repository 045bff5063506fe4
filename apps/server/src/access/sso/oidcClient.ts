/**
 * OpenID Connect, authorization code flow with PKCE, state and nonce (openid-client checks signature, issuer, audience and
 * times). Every request to a provider goes through the given fetch: addresses come from people, so it is the guard against
 * requests into one's own network.
 */
import * as oidc from "openid-client";
import { AccessError } from "../problems.ts";

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly scopes: readonly string[];
}

export interface OidcFlow {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface OidcClient {
  /** Where to send the browser, and what has to be remembered until it comes back. @throws {AccessError} provider_failed */
  start(
    provider: OidcProvider,
    redirectUrl: string,
  ): Promise<{ readonly url: string; readonly flow: OidcFlow }>;
  /** The verified claims of the ID token, joined by those of the userinfo endpoint. @throws {AccessError} provider_failed */
  finish(
    provider: OidcProvider,
    callbackUrl: URL,
    flow: OidcFlow,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Reads the provider's description anew. @throws {AccessError} provider_failed */
  check(provider: OidcProvider): Promise<void>;
}

const DISCOVERY_AGE_MS_MAX = 10 * 60_000;
const PROVIDERS_MAX = 500;
const TIMEOUT_SECONDS = 10;

interface Discovered {
  readonly configuration: oidc.Configuration;
  readonly atMs: number;
}

export function createOidcClient(fetchThrough: typeof fetch = fetch): OidcClient {
  const discovered = new Map<string, Discovered>();

  async function configurationOf(provider: OidcProvider, isFresh = false): Promise<oidc.Configuration> {
    const key = JSON.stringify([provider.issuer, provider.clientId, provider.clientSecret]);
    const known = discovered.get(key);
    if (!isFresh && known !== undefined && Date.now() - known.atMs < DISCOVERY_AGE_MS_MAX)
      return known.configuration;
    const issuer = new URL(provider.issuer);
    const configuration = await oidc.discovery(
      issuer,
      provider.clientId,
      undefined,
      provider.clientSecret === null ? oidc.None() : oidc.ClientSecretPost(provider.clientSecret),
      {
        [oidc.customFetch]: (url, { body = null, ...options }) =>
          // Copied, because fetch takes no bytes that another thread could share.
          fetchThrough(url, { ...options, body: body instanceof Uint8Array ? new Uint8Array(body) : body }),
        timeout: TIMEOUT_SECONDS,
        // Plain http only for a provider on this machine, as in a test or a sidecar; the guard in fetch decides whether.
        ...(issuer.protocol === "http:" ? { execute: [oidc.allowInsecureRequests] } : {}),
      },
    );
    if (discovered.size >= PROVIDERS_MAX) discovered.clear();
    discovered.set(key, { configuration, atMs: Date.now() });
    return configuration;
  }

  return {
    start: (provider, redirectUrl) =>
      explained(async () => {
        const configuration = await configurationOf(provider);
        const flow = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          codeVerifier: oidc.randomPKCECodeVerifier(),
        };
        const url = oidc.buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUrl,
          scope: [...new Set(["openid", ...provider.scopes])].join(" "),
          code_challenge: await oidc.calculatePKCECodeChallenge(flow.codeVerifier),
          code_challenge_method: "S256",
          state: flow.state,
          nonce: flow.nonce,
        });
        return { url: url.href, flow };
      }),

    finish: (provider, callbackUrl, flow) =>
      explained(async () => {
        const configuration = await configurationOf(provider);
        const tokens = await oidc.authorizationCodeGrant(configuration, callbackUrl, {
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.codeVerifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new AccessError("provider_failed", "The provider sent no ID token.");
        const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
        // Many providers put e-mail and groups there only. It speaks of the same subject, or it is refused.
        const userInfo = hasUserInfo
          ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
          : {};
        return { ...userInfo, ...claims };
      }),

    check: (provider) =>
      explained(async () => {
        await configurationOf(provider, true);
      }),
  };
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AccessError) throw error;
    throw new AccessError("provider_failed", sentenceOf(error));
  }
}

/** What the provider or the network said, without tokens, codes or addresses inside. */
function sentenceOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError)
    return `The provider refused the sign-in (${error.error}). Try again, or ask whoever runs it.`;
  if (error instanceof oidc.ResponseBodyError)
    return `The provider refused this client (${error.error}): check client id, secret and redirect address.`;
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  const message = error instanceof Error ? error.message : String(error);
  return `The provider could not be asked${code}: ${message}${cause}`.slice(0, 400);
}
