/**
 * OpenID Connect, authorization code flow with PKCE, state and nonce (openid-client checks signature, issuer, audience and
 * times). Every request to a provider goes through the guard for outgoing requests: addresses come from people, also those
 * in a provider's own description.
 */
import * as oidc from "openid-client";
import { type Outgoing, OutgoingError, type OutgoingInit } from "../../outgoing/index.ts";
import { AccessError } from "../problems.ts";
import { type Finding, findingsOf } from "./findings.ts";

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
}

export interface OidcFlow {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface OidcClient {
  /**
   * Where to send the browser, and what has to be remembered until it comes back.
   * @throws {AccessError} provider_failed; {OutgoingError} when it can't be asked
   */
  start(
    provider: OidcProvider,
    redirectUrl: string,
  ): Promise<{ readonly url: string; readonly flow: OidcFlow }>;
  /**
   * The verified claims of the ID token, joined by those of the userinfo endpoint.
   * @throws {AccessError} provider_failed; {OutgoingError} when it can't be asked
   */
  finish(
    provider: OidcProvider,
    callbackUrl: URL,
    flow: OidcFlow,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Reads the provider's description and keys anew. Never throws: what is wrong is a finding. */
  check(provider: OidcProvider): Promise<readonly Finding[]>;
}

const DISCOVERY_AGE_MS_MAX = 10 * 60_000;
const PROVIDERS_MAX = 500;
const TIMEOUT_SECONDS = 10;

interface Discovered {
  readonly configuration: oidc.Configuration;
  readonly atMs: number;
}

export function createOidcClient(outgoing: Pick<Outgoing, "fetch" | "isNamedByOperator">): OidcClient {
  const discovered = new Map<string, Discovered>();
  // Two implementations of one standard, whose types are told apart.
  const guarded: oidc.CustomFetch = async (url, options) =>
    (await outgoing.fetch(url, options as OutgoingInit)) as unknown as Response;

  async function configurationOf(provider: OidcProvider, isFresh = false): Promise<oidc.Configuration> {
    const key = JSON.stringify([provider.issuer, provider.clientId, provider.clientSecret]);
    const known = discovered.get(key);
    if (!isFresh && known !== undefined && Date.now() - known.atMs < DISCOVERY_AGE_MS_MAX)
      return known.configuration;
    const configuration = await discover(provider);
    if (discovered.size >= PROVIDERS_MAX) discovered.clear();
    discovered.set(key, { configuration, atMs: Date.now() });
    return configuration;
  }

  async function discover(provider: OidcProvider): Promise<oidc.Configuration> {
    const issuer = new URL(provider.issuer);
    const isPlain = issuer.protocol === "http:";
    if (isPlain && !outgoing.isNamedByOperator(issuer))
      throw new AccessError(
        "provider_failed",
        `Without TLS anybody on the way could sign in as anybody: use https, or whoever runs this server adds ${issuer.hostname} to THROUGHLINE_OUTGOING_ALLOW.`,
      );
    const described = await oidc.discovery(issuer, provider.clientId, undefined, oidc.None(), {
      [oidc.customFetch]: guarded,
      timeout: TIMEOUT_SECONDS,
      ...(isPlain ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
    const server = described.serverMetadata();
    const configuration = new oidc.Configuration(
      server,
      provider.clientId,
      undefined,
      authenticationOf(provider, server),
    );
    configuration[oidc.customFetch] = guarded;
    configuration.timeout = TIMEOUT_SECONDS;
    if (isPlain) oidc.allowInsecureRequests(configuration);
    // Without it the ID token's signature is not looked at, since it comes from the provider itself over TLS.
    oidc.enableNonRepudiationChecks(configuration);
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
        // The description is the provider's: it could name an address that a browser runs instead of opening.
        if (url.protocol !== "https:" && url.protocol !== "http:")
          throw new AccessError("provider_failed", "The provider names no web address to sign in at.");
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

    async check(provider) {
      try {
        return await explained(async () => {
          const server = (await configurationOf(provider, true)).serverMetadata();
          return await findingsOf(server, provider, outgoing.fetch);
        });
      } catch (error) {
        if (error instanceof AccessError || error instanceof OutgoingError)
          return [{ tone: "bad", text: error.message }];
        throw error;
      }
    },
  };
}

/** Post where the provider lists it, else Basic, which all have to take. */
function authenticationOf(provider: OidcProvider, server: oidc.ServerMetadata): oidc.ClientAuth {
  if (provider.clientSecret === null) return oidc.None();
  const isPost = server.token_endpoint_auth_methods_supported?.includes("client_secret_post") === true;
  return isPost
    ? oidc.ClientSecretPost(provider.clientSecret)
    : oidc.ClientSecretBasic(provider.clientSecret);
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (let each: unknown = error; each instanceof Error; each = each.cause)
      if (each instanceof OutgoingError || each instanceof AccessError) throw each;
    throw new AccessError("provider_failed", sentenceOf(error));
  }
}

/** What went wrong, in our words and openid-client's own; nothing that a provider or a link could have written. */
function sentenceOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError)
    return `The provider refused the sign-in (${codeOf(error.error)}). Try again, or ask whoever runs it.`;
  if (error instanceof oidc.ResponseBodyError)
    return `The provider refused this client (${codeOf(error.error)}): check client id, secret and redirect address.`;
  if (error instanceof oidc.WWWAuthenticateChallengeError)
    return "The provider refused this client: check client id and secret.";
  if (error instanceof oidc.ClientError)
    return `The provider's answer can't be trusted or read (${error.message}).`;
  // openid-client says so of arguments that can't be right, such as a callback without a code.
  return "The provider's answer can't be read.";
}

/** Codes as RFC 6749 has them, and nothing that reads like a sentence. */
function codeOf(text: string): string {
  return /^[a-z_]{1,60}$/.test(text) ? text : "for no reason that is known";
}
