/**
 * Every route of the running app, as everybody: nobody, each role, each role of another organisation, each kind of key.
 * What is expected comes from the action table and from what each route declares; no list is kept here.
 */
import assert from "node:assert/strict";
import { randomBytes, randomUUIDv7 } from "node:crypto";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { LIVE_TOPICS, problem, type Role } from "@throughline/contract";
import type { InjectOptions } from "fastify";
import { ACTIONS, type ActionName, type Permission, ROLES } from "../../access/index.ts";
import { createIngestKey } from "../../access/createIngestKey.ts";
import { hashOfApiKey, makeApiKey } from "../../access/keys/apiKeyFormat.ts";
import { isAction, PERMISSIONS } from "../../access/roles.ts";
import { TOPIC_PERMISSIONS } from "../../live/channel.ts";
import { addPerson, cookieOf, ELSEWHERE, markSetUp } from "../testRig.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";

interface Actor {
  readonly name: string;
  /** Made anew for each request: some requests end the session they come with. */
  headers(): Promise<Record<string, string>>;
  may(permission: Exclude<Permission, "public" | "ingest:write">): boolean;
  /** The browser says that another site's page asks: then nothing is changed, not even by what is public. */
  readonly isForeignPage?: true;
}

/** How the access rules refuse; anything else comes from behind them. */
const REFUSALS = new Set([
  "sign_in_required",
  "setup_required",
  "key_refused",
  "forbidden",
  "cross_site",
  "unknown_host",
  "unknown_organisation",
]);

export function walkSuite(backend: AccessBackend): void {
  describe(`every route as everybody on ${backend.name}`, () => {
    let rig: Rig;
    let otherTenantId: string;
    before(async () => {
      rig = await openRig(backend);
      otherTenantId = randomUUIDv7();
      await rig.control.query("insert into tenants (id, name) values ($1, 'Other')", [otherTenantId]);
      await rig.control.query("insert into projects (id, tenant_id, name) values ('default', $1, 'D')", [
        otherTenantId,
      ]);
      await markSetUp(rig.control);
    });
    after(() => rig.close());

    /** By the table alone. */
    const roleMay = (role: Role, action: ActionName, isFirst: boolean, seesAll = true): boolean =>
      ACTIONS[action].roles[role] && (!ACTIONS[action].isInstallation || (isFirst && seesAll));

    async function person(
      tenantId: string,
      role: Role,
      projectIds: readonly string[] | null = null,
    ): Promise<Actor> {
      const { userId } = await addPerson(rig.control, tenantId, role, { projectIds });
      const isFirst = tenantId === rig.tenantId;
      const limited = projectIds === null ? "" : " of one project";
      return {
        name: `${role}${limited}${isFirst ? "" : " of another organisation"}`,
        headers: async () => ({ cookie: await cookieOf(rig.access, userId) }),
        may: (permission) => !isAction(permission) || roleMay(role, permission, isFirst, projectIds === null),
      };
    }

    async function apiKey(
      name: string,
      role: Role,
      scopes: readonly ActionName[],
      dates: { expiresAt?: Date; revokedAt?: Date } = {},
    ): Promise<Actor> {
      const { userId } = await addPerson(rig.control, rig.tenantId, role);
      const key = makeApiKey();
      await rig.control.query(
        `insert into api_keys (id, tenant_id, name, prefix, hash, scopes, created_by, expires_at, revoked_at)
         values ($1, $2, 'k', 'tl_api_', $3, $4, $5, $6, $7)`,
        [
          randomUUIDv7(),
          rig.tenantId,
          Buffer.from(hashOfApiKey(key), "hex"),
          scopes,
          userId,
          dates.expiresAt ?? null,
          dates.revokedAt ?? null,
        ],
      );
      const isGood = dates.expiresAt === undefined && dates.revokedAt === undefined;
      return {
        name,
        headers: async () => ({ authorization: `Bearer ${key}` }),
        may: (permission) =>
          isGood && isAction(permission) && scopes.includes(permission) && roleMay(role, permission, true),
      };
    }

    async function actors(): Promise<Actor[]> {
      const nothing = { may: () => false };
      const scopes = Object.keys(ACTIONS)
        .filter(isAction)
        .filter((name) => ACTIONS[name].isScope);
      const past = new Date(Date.now() - 1000);
      const superAdmin = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
      const stranger = await addPerson(rig.control, otherTenantId, "SUPER_ADMIN");
      const forged = `tl_session_token=${randomBytes(24).toString("base64url")}.${encodeURIComponent(randomBytes(32).toString("base64"))}`;
      const [serverKey, browserKey] = await Promise.all(
        (["server", "browser"] as const).map((kind) =>
          createIngestKey(rig.control, {
            tenantId: rig.tenantId,
            projectId: "default",
            name: "k",
            kind,
            allowedOrigins: ["https://shop.example"],
          }),
        ),
      );
      assert.ok(serverKey !== undefined && browserKey !== undefined);
      return [
        { ...nothing, name: "nobody", headers: async () => ({}) },
        { ...nothing, name: "a forged cookie", headers: async () => ({ cookie: forged }) },
        ...(await Promise.all(ROLES.map((role) => person(rig.tenantId, role)))),
        await person(rig.tenantId, "VIEWER", ["default"]),
        ...(await Promise.all(ROLES.map((role) => person(otherTenantId, role)))),
        {
          ...nothing,
          name: "another organisation's SUPER_ADMIN who names this one",
          headers: async () => ({
            cookie: await cookieOf(rig.access, stranger.userId),
            "x-throughline-tenant": rig.tenantId,
          }),
        },
        {
          name: "a super administrator's page of another site",
          isForeignPage: true,
          headers: async () => ({
            cookie: await cookieOf(rig.access, superAdmin.userId),
            origin: "https://evil.example",
            "sec-fetch-site": "cross-site",
          }),
          // Reading gives such a page nothing: it can't read the answer. Changing is refused.
          may: () => false,
        },
        {
          ...nothing,
          name: "an ingest key",
          headers: async () => ({ authorization: `Bearer ${serverKey.key}` }),
        },
        {
          ...nothing,
          name: "a browser key",
          isForeignPage: true,
          headers: async () => ({
            authorization: `Bearer ${browserKey.key}`,
            origin: "https://shop.example",
          }),
        },
        await apiKey("an API key with all scopes", "SUPER_ADMIN", scopes),
        await apiKey("an API key with all scopes of a VIEWER", "VIEWER", scopes),
        await apiKey("an API key with one scope", "SUPER_ADMIN", ["crons:read"]),
        await apiKey("an API key that reads telemetry", "VIEWER", ["telemetry:read"]),
        await apiKey("an expired API key", "SUPER_ADMIN", scopes, { expiresAt: past }),
        await apiKey("a revoked API key", "SUPER_ADMIN", scopes, { revokedAt: past }),
        {
          ...nothing,
          name: "an invented API key",
          headers: async () => ({ authorization: `Bearer ${makeApiKey()}` }),
        },
      ];
    }

    test("each is let through or refused as the table says", async () => {
      const wrong: string[] = [];
      let asked = 0;
      const all = await actors();
      const walkAs = async (actor: Actor, index: number): Promise<void> => {
        for (const { method, url, permission } of rig.access.routes) {
          const isRead = method === "GET" || method === "HEAD";
          // HEAD is GET without a body to say why: enough for some.
          if (permission === "ingest:write" || (method === "HEAD" && index > 3)) continue;
          if (isRead && actor.isForeignPage) continue;
          const answer = await ask(rig, {
            method: method as "GET",
            url: filled(url),
            // Its own address each: limits of addresses are not what is tested here.
            remoteAddress: `203.0.113.${index + 10}`,
            headers: { ...ELSEWHERE.headers, ...(await actor.headers()) },
            ...(isRead ? {} : { payload: {} }),
          });
          asked += 1;
          const isOpen = permission === "public" ? !actor.isForeignPage : actor.may(permission);
          const isRefused = answer.code !== null && REFUSALS.has(answer.code);
          if (isOpen === isRefused || answer.status === 500)
            wrong.push(
              `${actor.name}: ${method} ${url} (${permission}) answered ${answer.status} ${answer.code ?? ""}`,
            );
        }
      };
      await Promise.all(all.map(walkAs));
      assert.deepEqual(wrong, []);
      assert.ok(asked > 1000, `${asked} requests`);
    });

    test("each topic of the live stream is told to those only whom the table names", async () => {
      const wrong: string[] = [];
      const followAs = async (actor: Actor, index: number): Promise<void> => {
        if (actor.isForeignPage) return;
        for (const topic of LIVE_TOPICS) {
          const answer = await ask(rig, {
            url: `/api/admin/dashboard/stream?project=default&topics=${topic}&service=shop`,
            remoteAddress: `203.0.113.${index + 10}`,
            headers: { ...ELSEWHERE.headers, ...(await actor.headers()) },
          });
          const isOpen = actor.may("telemetry:read") && actor.may(TOPIC_PERMISSIONS[topic]);
          const isRight = isOpen ? answer.status === 200 : REFUSALS.has(answer.code ?? "");
          if (!isRight) wrong.push(`${actor.name}: ${topic} answered ${answer.status} ${answer.code ?? ""}`);
        }
      };
      const all = await actors();
      await Promise.all(all.map(followAs));
      assert.deepEqual(wrong, []);
      assert.ok(all.filter((actor) => actor.may(TOPIC_PERMISSIONS.system)).length >= 1);
    });

    test("every route declares a permission that the table knows, and every ingest route refuses strangers", async () => {
      assert.ok(rig.access.routes.length > 60);
      for (const { permission } of rig.access.routes) assert.ok(Object.hasOwn(PERMISSIONS, permission));
      const ingest = rig.access.routes.filter(({ permission }) => permission === "ingest:write");
      assert.ok(ingest.some(({ url }) => url === "/v1/traces"));
      for (const { method, url } of ingest.filter((route) => route.method === "POST")) {
        const { userId } = await addPerson(rig.control, rig.tenantId, "SUPER_ADMIN");
        const answer = await rig.app.inject({
          ...ELSEWHERE,
          method: method as "POST",
          url,
          // Who may read may not send: that takes an ingest key.
          headers: {
            ...ELSEWHERE.headers,
            "content-type": "application/json",
            cookie: await cookieOf(rig.access, userId),
          },
          payload: "{}",
        });
        // Own pages send without a key, and from the product's own origin only.
        assert.equal(answer.statusCode, url.startsWith("/own/") ? 403 : 401, url);
      }
    });
  });
}

/** A value for each parameter that no row has. */
function filled(url: string): string {
  return url
    .replaceAll(/:(\w+)/g, (_all, name: string) => (name === "projectId" ? "nothing" : randomUUIDv7()))
    .replace("*", "nothing");
}

interface Answer {
  readonly status: number;
  readonly code: string | null;
}

/** Resolves once the head of the answer is there: a stream that was let through never ends by itself. */
async function ask(rig: Rig, options: InjectOptions): Promise<Answer> {
  const answer = await rig.app.inject({ ...options, payloadAsStream: true });
  const body = answer.stream();
  if (answer.statusCode < 400) {
    body.destroy();
    return { status: answer.statusCode, code: null };
  }
  const said = await text(body);
  const isProblem = String(answer.headers["content-type"]).startsWith("application/problem+json");
  const code = isProblem && said !== "" ? problem.parse(JSON.parse(said)).code : null;
  // HEAD answers have no body to say why.
  const ofStatus = { 401: "sign_in_required", 403: "forbidden", 421: "unknown_host" }[answer.statusCode];
  return { status: answer.statusCode, code: code ?? ofStatus ?? null };
}
