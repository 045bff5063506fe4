/** A real OpenID Connect server on this machine, with people whose claims a test sets, and a login page of its own. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Configuration, Provider } from "oidc-provider";

export type PersonClaims = Readonly<Record<string, unknown>>;

export interface TestOidc {
  readonly issuer: string;
  /** By the name that is typed at the login page, which is the subject too. Whoever is not in it is refused there. */
  readonly people: Map<string, PersonClaims>;
  /** @param method `none`: a public client, which has no secret */
  register(
    redirectUrl: string,
    method?: "client_secret_basic" | "none",
  ): Promise<{ readonly clientId: string; readonly clientSecret: string }>;
  /**
   * What a browser does between leaving and coming back: follows redirects and types the name.
   * @returns the address it is sent back to
   */
  signIn(startUrl: string, name: string): Promise<URL>;
  close(): Promise<void>;
}

/** What it says about running it for real people: this Node is no long-term release, and it keeps all in memory. */
const NOTICES =
  /^oidc-provider WARNING: (Unsupported runtime|a quick start development-only in-memory adapter)/;

/** Such notices are not what a test has to say. Anything else that it warns of is printed. */
async function withoutNotices<T>(work: () => T): Promise<Awaited<T>> {
  const { warn } = console;
  console.warn = (...said: unknown[]) => {
    if (!NOTICES.test(String(said[0]))) warn(...said);
  };
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

export async function startOidc(): Promise<TestOidc> {
  const oidc = await withoutNotices(() => import("oidc-provider"));
  const people = new Map<string, PersonClaims>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const configuration: Configuration = {
    // It prints warnings about the keys it would make by itself.
    jwks: {
      keys: [{ ...privateKey.export({ format: "jwk" }), kty: "RSA", use: "sig", alg: "RS256", kid: "1" }],
    },
    cookies: { keys: [randomBytes(24).toString("hex")] },
    // Only at the userinfo endpoint, as is the default: ID tokens have the subject alone.
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    findAccount: (_context, id) => {
      const claims = people.get(id);
      return claims === undefined ? undefined : { accountId: id, claims: () => ({ sub: id, ...claims }) };
    },
    features: { devInteractions: { enabled: false }, registration: { enabled: true } },
    interactions: { url: (_context, { uid }) => `/login/${uid}` },
    // Nobody is asked for consent.
    loadExistingGrant: async (context) => {
      const { client, session } = context.oidc;
      const grant = new context.oidc.provider.Grant({
        clientId: client?.clientId ?? "",
        accountId: session?.accountId ?? "",
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    renderError: (context, { error }) => {
      context.body = error;
    },
  };
  const provider = await withoutNotices(() => new oidc.Provider(issuer, configuration));
  const callback = provider.callback();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.startsWith("/login/") !== true) void callback(request, response);
    else if (request.method === "POST") void finishLogin(provider, people, request, response);
    else response.setHeader("content-type", "text/html").end(LOGIN_PAGE);
  };
  server.on("request", answer);
  return {
    issuer,
    people,
    async register(redirectUrl, method = "client_secret_basic") {
      const registered = await fetch(`${issuer}/reg`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ redirect_uris: [redirectUrl], token_endpoint_auth_method: method }),
      });
      const body = (await registered.json()) as { client_id: string; client_secret?: string };
      if (!registered.ok) throw new Error(`The client was not registered: ${JSON.stringify(body)}`);
      return { clientId: body.client_id, clientSecret: body.client_secret ?? "" };
    },
    signIn: (startUrl, name) => followAsBrowser(issuer, startUrl, name),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const LOGIN_PAGE = `<!doctype html><html lang="en"><title>Example login</title><form method="post">
<label>Name <input name="login" autofocus></label> <button>Continue</button></form></html>`;

async function finishLogin(
  provider: Provider,
  people: TestOidc["people"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = new URLSearchParams(await text(request)).get("login") ?? "";
  const result = people.has(name) ? { login: { accountId: name } } : { error: "access_denied" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const STEPS_MAX = 10;

async function followAsBrowser(issuer: string, startUrl: string, name: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(startUrl);
  let form: URLSearchParams | null = null;
  for (let step = 0; step < STEPS_MAX && url.origin === issuer; step++) {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join("; ");
    const answer: Response = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
      ...(form === null ? {} : { method: "POST", body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(key, value);
    }
    const location = answer.headers.get("location");
    if (location !== null) [url, form] = [new URL(location, url), null];
    else if (url.pathname.startsWith("/login/")) form = new URLSearchParams({ login: name });
    else throw new Error(`The provider answered ${answer.status}: ${await answer.text()}`);
  }
  return url;
}
