/**
 * From a request to a principal. Sessions are looked up with one statement and remembered for four seconds, so that
 * signing somebody out, changing a role or deleting a member works within five seconds on every instance, and at once on
 * the one where it was done.
 */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Membership, Role } from "@throughline/contract";
import type { ControlStore } from "../engines/control/store.ts";
import { cookieName, openSignedCookie, readCookie } from "./auth/cookies.ts";
import { hashOfSessionToken } from "./auth/sealedAdapter.ts";
import type { ApiKeys } from "./keys/apiKeys.ts";
import type { PersonPrincipal, Principal } from "./principal.ts";
import { AccessError } from "./problems.ts";

/** Revocation has to work within five seconds; the difference is for the lookup itself. */
const AGE_MS_MAX = 4_000;
const SESSIONS_MAX = 10_000;
const SEEN_EVERY_MS = 60_000;
/** A session that nobody uses ends after so long. */
export const IDLE_DAYS_MAX = 7;

export const TENANT_HEADER = "x-throughline-tenant";

export interface PrincipalsOptions {
  readonly control: ControlStore;
  readonly apiKeys: ApiKeys;
  readonly firstTenantId: string;
  /** That better-auth signs cookies with. */
  readonly authSecret: string;
  readonly isSecure: boolean;
  readonly wallClockMs?: () => number;
  readonly monotonicMs?: () => number;
}

export interface Principals {
  /**
   * Null: nobody.
   * @throws {AccessError} key_refused, unknown_organisation; {KeyringUnavailable}, {ControlError} when it can't be found out.
   */
  of(headers: IncomingHttpHeaders): Promise<Principal | null>;
  /** Forgets what is remembered: of one person, or of everybody. */
  forget(userId?: string): void;
  /** Writes down when sessions were used last; also happens every minute. */
  flushSeen(): Promise<void>;
  close(): Promise<void>;
}

interface Remembered {
  readonly session: SessionRow | null;
  readonly loadedAtMs: number;
}

export function createPrincipals(options: PrincipalsOptions): Principals {
  const { control, apiKeys, wallClockMs = Date.now, monotonicMs = () => performance.now() } = options;
  const sessionCookie = cookieName("session_token", options.isSecure);
  const tenantCookie = cookieName("tenant", options.isSecure);
  const remembered = new Map<string, Remembered>();
  const loading = new Map<string, Promise<SessionRow | null>>();
  let generation = 0;
  let seenMsBySession = new Map<string, number>();

  async function ofRequest(headers: IncomingHttpHeaders): Promise<Principal | null> {
    const presented = presentedApiKey(headers.authorization);
    if (presented !== null) {
      const found = await apiKeys.principalOf(presented);
      if ("refusal" in found) throw new AccessError("key_refused", found.refusal);
      const wanted = headers[TENANT_HEADER];
      if (wanted === undefined || wanted === found.tenantId) return found;
      throw new AccessError(
        "unknown_organisation",
        "This API key belongs to no such organisation: leave the header out.",
      );
    }
    const cookie = readCookie(headers.cookie, sessionCookie);
    const token = cookie === null ? null : openSignedCookie(cookie, options.authSecret);
    if (token === null) return null;
    const session = await sessionOf(hashOfSessionToken(token));
    if (session === null || isOver(session)) return null;
    seenMsBySession.set(session.session_id, wallClockMs());
    const inHeader = headers[TENANT_HEADER];
    const inCookie = readCookie(headers.cookie, tenantCookie);
    return personOf(session, typeof inHeader === "string" ? inHeader : undefined, inCookie);
  }

  /** Many requests of one session at a time ask the store once. */
  async function sessionOf(tokenHash: string): Promise<SessionRow | null> {
    const known = remembered.get(tokenHash);
    if (known !== undefined && monotonicMs() - known.loadedAtMs < AGE_MS_MAX) return known.session;
    const underWay = loading.get(tokenHash) ?? load(tokenHash);
    return await underWay;
  }

  function load(tokenHash: string): Promise<SessionRow | null> {
    const startedAtMs = monotonicMs();
    const startedIn = generation;
    const work = (async () => {
      const [session = null] = await control.query<SessionRow>(SESSION, [tokenHash, IDLE_DAYS_MAX]);
      // What was read before somebody said "forget" may be what they wanted forgotten.
      if (generation === startedIn) remember(tokenHash, { session, loadedAtMs: startedAtMs });
      return session;
    })().finally(() => {
      if (loading.get(tokenHash) === work) loading.delete(tokenHash);
    });
    loading.set(tokenHash, work);
    return work;
  }

  function remember(tokenHash: string, entry: Remembered): void {
    remembered.delete(tokenHash);
    remembered.set(tokenHash, entry);
    if (remembered.size <= SESSIONS_MAX) return;
    const [oldest] = remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
  }

  function personOf(
    session: SessionRow,
    wanted: string | undefined,
    preferred: string | null,
  ): PersonPrincipal {
    const memberships = session.memberships.map((row): Membership => ({
      ...row,
      isFirst: row.tenantId === options.firstTenantId,
    }));
    const chosen =
      wanted === undefined
        ? // Without a choice always the same one, whatever further ones are called.
          (memberships.find(({ tenantId }) => tenantId === preferred) ??
          memberships.find(({ isFirst }) => isFirst) ??
          memberships[0])
        : memberships.find(({ tenantId }) => tenantId === wanted);
    if (wanted !== undefined && chosen === undefined)
      throw new AccessError(
        "unknown_organisation",
        `You belong to no organisation with the id in ${TENANT_HEADER}.`,
      );
    return {
      kind: "person",
      userId: session.user_id,
      sessionId: session.session_id,
      name: session.name,
      email: session.email,
      hasTwoFactor: session.has_two_factor,
      signedInAtMs: session.created_at.getTime(),
      ssoProviderId: session.sso_provider_id,
      memberships,
      tenantId: chosen?.tenantId ?? null,
      role: chosen?.role ?? null,
      projectIds: chosen?.projectIds ?? null,
      isFirstTenant: chosen?.isFirst ?? false,
      scopes: null,
    };
  }

  const isOver = (session: SessionRow): boolean => session.expires_at.getTime() <= wallClockMs();

  async function flushSeen(): Promise<void> {
    if (seenMsBySession.size === 0) return;
    const seen = seenMsBySession;
    seenMsBySession = new Map();
    await control.query(NOTE_SEEN, [[...seen.keys()], [...seen.values()]]);
  }
  // A store that is down shows in its own health; a minute of "last seen" that is lost matters to nobody.
  const timer = setInterval(() => void flushSeen().catch(() => undefined), SEEN_EVERY_MS);
  timer.unref();

  return {
    of: ofRequest,
    forget(userId) {
      generation += 1;
      loading.clear();
      for (const [hash, { session }] of remembered) {
        if (userId === undefined || session?.user_id === userId) remembered.delete(hash);
      }
    },
    flushSeen,
    async close() {
      clearInterval(timer);
      await flushSeen();
    },
  };
}

/** Whether the caller says who they are in a header, which no other site's page can do: then cookies do not count. */
export function presentedApiKey(authorization: string | undefined): string | null {
  return /^Bearer +(tl_api_\S*) *$/i.exec(authorization ?? "")?.[1] ?? null;
}

/** For logs and limits: tells one session from another without saying the token. */
export function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

interface SessionRow {
  readonly session_id: string;
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly has_two_factor: boolean;
  readonly sso_provider_id: string | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly memberships: readonly {
    readonly tenantId: string;
    readonly tenantName: string;
    readonly role: Role;
    readonly projectIds: string[] | null;
  }[];
}

/** A session that single sign-on opened counts in that provider's organisation only, and while the provider is enabled. */
const SESSION = `
  select s.id as session_id, s.user_id, u.name, u.email, coalesce(u.two_factor_enabled, false) as has_two_factor,
         s.sso_provider_id, s.created_at, s.expires_at,
         coalesce((
           select json_agg(json_build_object(
             'tenantId', m.tenant_id, 'tenantName', t.name, 'role', m.role,
             'projectIds', case when m.sees_all_projects then null else array(
               select p.project_id from member_projects p
               where p.tenant_id = m.tenant_id and p.user_id = m.user_id order by p.project_id) end
           ) order by t.name, m.tenant_id)
           from members m join tenants t on t.id = m.tenant_id
           where m.user_id = s.user_id and (s.sso_provider_id is null or m.tenant_id = o.tenant_id)
         ), '[]') as memberships
  from sessions s join users u on u.id = s.user_id
  left join sso_providers o on o.id::text = s.sso_provider_id and o.is_enabled
  where s.token = $1 and s.expires_at > now() and s.last_seen_at > now() - make_interval(days => $2)
    and (s.sso_provider_id is null or o.id is not null)`;

const NOTE_SEEN = `
  update sessions set last_seen_at = greatest(last_seen_at, to_timestamp(seen.at_ms / 1000.0))
  from unnest($1::text[], $2::bigint[]) as seen (id, at_ms) where sessions.id = seen.id`;
