/**
 * Everybody who may ask: nobody, each role here and in another organisation, each way of signing in and of naming an
 * organisation, each kind of key in each state. What each may comes from the action table alone.
 */
import { randomBytes, randomUUIDv7 } from "node:crypto";
import type { Role } from "@throughline/contract";
import { ACTIONS, type ActionName, type Permission, ROLES } from "../../access/index.ts";
import { createIngestKey } from "../../access/createIngestKey.ts";
import { hashOfApiKey, makeApiKey } from "../../access/keys/apiKeyFormat.ts";
import { isAction, isScope } from "../../access/roles.ts";
import { addPerson, cookieOf } from "../testRig.ts";
import type { Rig } from "./backend.ts";

type Headers = Readonly<Record<string, string>>;

export interface Actor {
  readonly name: string;
  /** @param isLasting false: made anew, for requests that may end the session they come with */
  headers(isLasting: boolean): Promise<Headers>;
  may(permission: Permission): boolean;
  /** Of the project that only the other organisation has. */
  readonly seesOther?: boolean;
  /** The browser says that another site's page asks: then nothing is changed, not even by what is public. */
  readonly isForeignPage?: true;
  /** Holds an ingest key. */
  readonly isSender?: true;
}

export interface Cast {
  readonly actors: readonly Actor[];
  /** Of the other organisation, which has a project of its own. */
  readonly otherTenantId: string;
  readonly otherProjectId: string;
}

/** On the pages of this site browser keys are good. */
export const SITE = "https://shop.example";

const SCOPES = Object.keys(ACTIONS).filter(isScope);
const nothing = { may: () => false };

/** Makes two organisations' people and keys. The installation has to be set up. */
export async function castOf(rig: Rig): Promise<Cast> {
  const otherTenantId = randomUUIDv7();
  const otherProjectId = "theirs";
  const { control, tenantId } = rig;
  await control.query("insert into tenants (id, name) values ($1, 'Other')", [otherTenantId]);
  for (const projectId of ["default", otherProjectId])
    await control.query("insert into projects (id, tenant_id, name) values ($1, $2, 'P')", [
      projectId,
      otherTenantId,
    ]);
  const here: Home = { tenantId, where: "", isFirst: true };
  const there: Home = { tenantId: otherTenantId, where: " of another organisation", isFirst: false };
  const actors = [
    ...(await strangers(rig)),
    ...(await peopleOf(rig, here)),
    ...(await peopleOf(rig, there)),
    ...(await peopleBetween(rig, otherTenantId)),
    ...(await foreignPages(rig)),
    ...(await ingestKeysOf(rig, here)),
    ...(await ingestKeysOf(rig, there)),
    ...(await apiKeysOf(rig, here)),
    ...(await apiKeysOf(rig, there)),
  ];
  return { actors, otherTenantId, otherProjectId };
}

interface Home {
  readonly tenantId: string;
  /** For names. */
  readonly where: string;
  readonly isFirst: boolean;
}

/** By the table alone. */
function roleMay(role: Role, action: ActionName, isFirst: boolean, seesAll: boolean): boolean {
  const { roles, isInstallation, isWhole } = ACTIONS[action];
  return roles[role] && (!isInstallation || (isFirst && seesAll)) && (!isWhole || seesAll);
}

async function strangers(rig: Rig): Promise<Actor[]> {
  const random = (bytes: number) => randomBytes(bytes);
  const forged = `tl_session_token=${random(24).toString("base64url")}.${encodeURIComponent(random(32).toString("base64"))}`;
  const { userId } = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
  const ended = await cookieOf(rig.access, userId);
  await rig.control.query("update sessions set expires_at = now() - interval '1 second' where user_id = $1", [
    userId,
  ]);
  const gone = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
  const signedOut = await cookieOf(rig.access, gone.userId);
  await rig.control.query("delete from sessions where user_id = $1", [gone.userId]);
  return [
    { ...nothing, name: "nobody", headers: async () => ({}) },
    { ...nothing, name: "a forged cookie", headers: async () => ({ cookie: forged }) },
    { ...nothing, name: "a session that has ended", headers: async () => ({ cookie: ended }) },
    { ...nothing, name: "a session that was signed out", headers: async () => ({ cookie: signedOut }) },
    {
      ...nothing,
      name: "an invented API key",
      headers: async () => ({ authorization: `Bearer ${makeApiKey()}` }),
    },
  ];
}

/** Keeps one session until something was asked that may have ended all of the person's. */
function sessionHeaders(rig: Rig, userId: string, more: Headers = {}, ssoProviderId: string | null = null) {
  const open = async (): Promise<Headers> => {
    const cookie = await cookieOf(rig.access, userId, ssoProviderId);
    const chosen = more["cookie"] === undefined ? "" : `; ${more["cookie"]}`;
    return { ...more, cookie: cookie + chosen };
  };
  let lasting: Promise<Headers> | undefined;
  return (isLasting: boolean) => {
    if (isLasting) return (lasting ??= open());
    lasting = undefined;
    return open();
  };
}

async function peopleOf(rig: Rig, { tenantId, where, isFirst }: Home): Promise<Actor[]> {
  const providerId = randomUUIDv7();
  await rig.control.query(
    `insert into sso_providers (id, tenant_id, name, issuer, client_id, scopes, default_role)
     values ($1, $2, 'Login', 'https://login.example', 'c', '{openid}', 'VIEWER')`,
    [providerId, tenantId],
  );
  const limited = await addPerson(rig.control, tenantId, "VIEWER", { projectIds: ["default"] });
  const made: Actor[] = [
    {
      name: `VIEWER of one project${where}`,
      headers: sessionHeaders(rig, limited.userId),
      may: (permission) => !isAction(permission) || roleMay("VIEWER", permission, isFirst, false),
    },
  ];
  for (const role of ROLES) {
    // One person each: some requests end all sessions of whoever asks.
    const add = async () => (await addPerson(rig.control, tenantId, role)).userId;
    const may = (permission: Permission) => !isAction(permission) || roleMay(role, permission, isFirst, true);
    made.push(
      { name: `${role}${where}`, headers: sessionHeaders(rig, await add()), may, seesOther: !isFirst },
      {
        name: `${role} by single sign-on${where}`,
        headers: sessionHeaders(rig, await add(), {}, providerId),
        may: (permission) => permission !== "account" && may(permission),
        seesOther: !isFirst,
      },
    );
    if (isFirst) continue;
    made.push(
      {
        ...nothing,
        name: `${role}${where} who names this one in a header`,
        headers: sessionHeaders(rig, await add(), { "x-throughline-tenant": rig.tenantId }),
      },
      {
        // Only a preference: they act at home.
        name: `${role}${where} who names this one in a cookie`,
        headers: sessionHeaders(rig, await add(), { cookie: `tl_tenant=${rig.tenantId}` }),
        may,
        seesOther: true,
      },
    );
  }
  return made;
}

async function peopleBetween(rig: Rig, otherTenantId: string): Promise<Actor[]> {
  const addBoth = async (): Promise<string> => {
    const { userId } = await addPerson(rig.control, rig.tenantId, "VIEWER");
    const join = "insert into members (tenant_id, user_id, role) values ($1, $2, 'SUPER_ADMIN')";
    await rig.control.query(join, [otherTenantId, userId]);
    return userId;
  };
  const removed = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
  await rig.control.query("delete from members where user_id = $1", [removed.userId]);
  return [
    {
      name: "a VIEWER who is SUPER_ADMIN elsewhere",
      headers: sessionHeaders(rig, await addBoth()),
      may: (permission) => !isAction(permission) || roleMay("VIEWER", permission, true, true),
    },
    {
      name: "a VIEWER who is SUPER_ADMIN elsewhere, there",
      headers: sessionHeaders(rig, await addBoth(), { "x-throughline-tenant": otherTenantId }),
      may: (permission) => !isAction(permission) || roleMay("SUPER_ADMIN", permission, false, true),
      seesOther: true,
    },
    {
      name: "a person who was removed",
      headers: sessionHeaders(rig, removed.userId),
      may: (permission) => !isAction(permission),
    },
  ];
}

async function foreignPages(rig: Rig): Promise<Actor[]> {
  const add = async () => (await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN")).userId;
  const page = { ...nothing, isForeignPage: true } as const;
  return [
    {
      ...page,
      name: "a super administrator's page of another site",
      headers: sessionHeaders(rig, await add(), {
        origin: "https://evil.example",
        "sec-fetch-site": "cross-site",
      }),
    },
    {
      ...page,
      name: "a super administrator's page of a site without a name",
      headers: sessionHeaders(rig, await add(), { origin: "null" }),
    },
    {
      ...page,
      name: "a super administrator's form on another site",
      headers: sessionHeaders(rig, await add(), { "sec-fetch-site": "same-site" }),
    },
  ];
}

/** They only send: here they are nobody. */
async function ingestKeysOf(rig: Rig, { tenantId, where }: Home): Promise<Actor[]> {
  const make = async (kind: "server" | "browser") =>
    (
      await createIngestKey(rig.control, {
        tenantId,
        projectId: "default",
        name: "k",
        kind,
        allowedOrigins: kind === "browser" ? [SITE] : [],
      })
    ).key;
  const [server, browser] = [await make("server"), await make("browser")];
  return [
    {
      ...nothing,
      name: `an ingest key${where}`,
      isSender: true,
      headers: async () => ({ authorization: `Bearer ${server}` }),
    },
    {
      ...nothing,
      name: `a browser key${where}`,
      isForeignPage: true,
      isSender: true,
      headers: async () => ({ authorization: `Bearer ${browser}`, origin: SITE }),
    },
  ];
}

interface KeyOptions {
  readonly role?: Role;
  readonly scopes?: readonly ActionName[];
  readonly projectIds?: readonly string[];
  readonly makerProjectIds?: readonly string[];
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly isMakerGone?: true;
  readonly headers?: Headers;
}

async function apiKeysOf(rig: Rig, home: Home): Promise<Actor[]> {
  const past = new Date(Date.now() - 1000);
  const make = (name: string, options: KeyOptions = {}) => apiKey(rig, home, name, options);
  const made = [
    await make("an expired API key", { expiresAt: past }),
    await make("a revoked API key", { revokedAt: past }),
    await make("an API key of somebody who was removed", { isMakerGone: true }),
    await make("an API key of one project", { projectIds: ["default"] }),
    await make("an API key of a VIEWER of one project", { role: "VIEWER", makerProjectIds: ["default"] }),
  ];
  for (const role of ROLES) made.push(await make(`an API key with all scopes of a ${role}`, { role }));
  if (home.isFirst)
    for (const scope of SCOPES)
      made.push(await make(`an API key with the scope ${scope} alone`, { scopes: [scope] }));
  else
    made.push({
      ...(await make("an API key that names this organisation", {
        headers: { "x-throughline-tenant": rig.tenantId },
      })),
      ...nothing,
    });
  return made;
}

async function apiKey(rig: Rig, home: Home, name: string, options: KeyOptions): Promise<Actor> {
  const { role = "SUPER_ADMIN", scopes = SCOPES, projectIds = null, makerProjectIds = null } = options;
  const { userId } = await addPerson(rig.control, home.tenantId, role, { projectIds: makerProjectIds });
  const key = makeApiKey();
  await rig.control.query(
    `insert into api_keys (id, tenant_id, name, prefix, hash, scopes, project_ids, created_by, expires_at, revoked_at)
     values ($1, $2, 'k', 'tl_api_', $3, $4, $5, $6, $7, $8)`,
    [
      randomUUIDv7(),
      home.tenantId,
      Buffer.from(hashOfApiKey(key), "hex"),
      scopes,
      projectIds,
      userId,
      options.expiresAt ?? null,
      options.revokedAt ?? null,
    ],
  );
  if (options.isMakerGone) await rig.control.query("delete from members where user_id = $1", [userId]);
  const isGood = !options.expiresAt && !options.revokedAt && !options.isMakerGone;
  const seesAll = projectIds === null && makerProjectIds === null;
  return {
    name: name + home.where,
    seesOther: !home.isFirst && seesAll,
    headers: async () => ({ authorization: `Bearer ${key}`, ...options.headers }),
    may: (permission) =>
      isGood &&
      isAction(permission) &&
      scopes.includes(permission) &&
      roleMay(role, permission, home.isFirst, seesAll),
  };
}

/** How the access rules refuse; anything else comes from behind them. */
export const REFUSALS: ReadonlySet<string> = new Set([
  "sign_in_required",
  "setup_required",
  "key_refused",
  "forbidden",
  "cross_site",
  "unknown_host",
  "unknown_organisation",
]);

let addresses = 0;

/** From another machine, each time a new one: limits of addresses are not what is tested. */
export function newAddress(): string {
  addresses += 1;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
}
