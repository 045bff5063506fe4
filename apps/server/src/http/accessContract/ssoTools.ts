/** What the suites of single sign-on share: setting a provider up, and the browser's two visits. */
import assert from "node:assert/strict";
import {
  problem,
  sessionState,
  type SessionState,
  ssoProvider,
  ssoProviderList,
} from "@throughline/contract";
import type { SsoProvider } from "@throughline/contract";
import type { FastifyInstance } from "fastify";
import type { TestOidc } from "../../../../../test/harness/oidc.ts";
import { cookieOf, fromElsewhere, type TestPerson } from "../testRig.ts";
import type { Rig } from "./backend.ts";
import { cookieFrom } from "./tools.ts";

/** As browsers send it when they open an address. */
export const BROWSER = { accept: "text/html,application/xhtml+xml" } as const;

export type ProviderInput = Partial<
  Pick<
    SsoProvider,
    "roleByGroup" | "defaultRole" | "emailDomains" | "isEnabled" | "name" | "issuer" | "scopes"
  >
> & { readonly id?: string; readonly clientId?: string; readonly clientSecret?: string | null };

export const codeOf = (answer: { json(): unknown }): string => problem.parse(answer.json()).code;

export async function nextProvider(rig: Rig, headers: Record<string, string>) {
  const list = await fromElsewhere(rig.app, { url: "/api/sso-providers", headers });
  assert.equal(list.statusCode, 200, list.body);
  return ssoProviderList.parse(list.json()).next;
}

export async function makeProvider(
  rig: Rig,
  oidc: Pick<TestOidc, "issuer"> & Partial<Pick<TestOidc, "register">>,
  headers: Record<string, string>,
  input: ProviderInput = {},
): Promise<SsoProvider> {
  const { id, redirectUrl } = await nextProvider(rig, headers);
  const client = (await oidc.register?.(redirectUrl)) ?? {};
  const answer = await fromElsewhere(rig.app, {
    method: "POST",
    url: "/api/sso-providers",
    headers,
    payload: { id, name: "Example login", issuer: oidc.issuer, clientId: "client", ...client, ...input },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  return ssoProvider.parse(answer.json());
}

export async function changeProvider(
  rig: Rig,
  headers: Record<string, string>,
  provider: SsoProvider,
  change: ProviderInput,
) {
  const {
    id,
    name,
    issuer,
    clientId,
    scopes,
    groupsClaim,
    roleByGroup,
    defaultRole,
    emailDomains,
    isEnabled,
  } = provider;
  return await fromElsewhere(rig.app, {
    method: "PUT",
    url: `/api/sso-providers/${id}`,
    headers,
    payload: {
      name,
      issuer,
      clientId,
      scopes,
      groupsClaim,
      roleByGroup,
      defaultRole,
      emailDomains,
      isEnabled,
      ...change,
    },
  });
}

export async function headersOf(rig: Rig, person: TestPerson): Promise<Record<string, string>> {
  return { cookie: await cookieOf(rig.access, person.userId) };
}

let visits = 0;
/** Its own address each: limits of addresses are not what is tested here. */
const somewhere = (): string => `198.51.${100 + (visits >> 8)}.${visits++ & 255}`;

export interface Departure {
  /** Where the browser is sent. */
  readonly url: URL;
  /** `tl_sso_flow=…` */
  readonly flow: string;
}

export async function depart(
  app: FastifyInstance,
  provider: Pick<SsoProvider, "id">,
  next?: string,
): Promise<Departure> {
  const query = next === undefined ? "" : `?${new URLSearchParams({ next }).toString()}`;
  const started = await fromElsewhere(app, {
    url: `/api/sso/${provider.id}/start${query}`,
    headers: BROWSER,
    remoteAddress: somewhere(),
  });
  assert.equal(started.statusCode, 302, started.body);
  const url = new URL(String(started.headers.location), "http://sign-in.invalid");
  return { url, flow: cookieFrom(started.headers["set-cookie"], "tl_sso_flow") };
}

export interface Arrival {
  /** Where the browser ends up. */
  readonly location: string;
  /** `tl_session_token=…`; null when nobody is signed in by it. */
  readonly session: string | null;
  /** What the sign-in page says. */
  readonly refusal: string | null;
}

/** The browser comes back to `url` with these cookies. */
export async function arrive(app: FastifyInstance, url: string | URL, cookie?: string): Promise<Arrival> {
  const { pathname, search } = new URL(url, "http://203.0.113.1:3300");
  const answer = await fromElsewhere(app, {
    url: pathname + search,
    remoteAddress: somewhere(),
    headers: { ...BROWSER, ...(cookie === undefined ? {} : { cookie }) },
  });
  assert.equal(answer.statusCode, 302, answer.body);
  const set = [answer.headers["set-cookie"] ?? []].flat();
  const location = String(answer.headers.location);
  const session = set.find((line) => line.startsWith("tl_session_token="))?.split(";", 1)[0] ?? null;
  const words = set.find((line) => line.startsWith("tl_sso_refusal="))?.split(";", 1)[0];
  if (words === undefined) return { location, session, refusal: null };
  const asked = await fromElsewhere(app, { url: "/api/sso/refusal", headers: { cookie: words } });
  return { location, session, refusal: asked.json<{ detail: string | null }>().detail };
}

/** The whole way through a provider that people log in to. */
export async function signInThrough(
  app: FastifyInstance,
  oidc: TestOidc,
  provider: Pick<SsoProvider, "id">,
  name: string,
  next?: string,
): Promise<Arrival> {
  const { url, flow } = await depart(app, provider, next);
  return await arrive(app, await oidc.signIn(url.href, name), flow);
}

export async function stateOf(app: FastifyInstance, session: string | null): Promise<SessionState> {
  assert.ok(session !== null, "nobody was signed in");
  const answer = await fromElsewhere(app, { url: "/api/me", headers: { cookie: session } });
  return sessionState.parse(answer.json());
}
