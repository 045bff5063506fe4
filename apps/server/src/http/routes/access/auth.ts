/**
 * Signing in and out, passwords, second factors, passkeys: better-auth's own addresses, one by one. What is not in this
 * table is not open, whatever a plugin of it brings along.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  type Access,
  AccessError,
  actorOf,
  askAuth,
  type AuthAnswer,
  PasswordQueueFull,
  type Principal,
  recordForPerson,
  refuseAs,
} from "../../../access/index.ts";
import type { SqlExecutor } from "../../../engines/control/index.ts";
import type { AccessRoutesOptions } from "./context.ts";

interface AuthRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly permission: "public" | "signed-in" | "account";
  /** Name of the deed in the audit log; without it nothing changes. */
  readonly deed?: string;
  /** The deed's name when somebody who is signed in already does it. */
  readonly deedInside?: string;
  /** Somebody could guess here: attempts are slowed down. */
  readonly isGuessable?: true;
}

const ROUTES: readonly AuthRoute[] = [
  {
    method: "POST",
    path: "/sign-in/email",
    permission: "public",
    deed: "session.sign-in",
    isGuessable: true,
  },
  { method: "POST", path: "/sign-out", permission: "signed-in", deed: "session.sign-out" },
  {
    method: "POST",
    path: "/change-password",
    permission: "account",
    deed: "password.change",
    isGuessable: true,
  },

  {
    method: "POST",
    path: "/two-factor/enable",
    permission: "account",
    deed: "two-factor.begin",
    isGuessable: true,
  },
  {
    method: "POST",
    path: "/two-factor/disable",
    permission: "account",
    deed: "two-factor.end",
    isGuessable: true,
  },
  {
    method: "POST",
    path: "/two-factor/generate-backup-codes",
    permission: "account",
    deed: "two-factor.new-codes",
    isGuessable: true,
  },
  // The second step of signing in, and the proof at the end of switching it on.
  {
    method: "POST",
    path: "/two-factor/verify-totp",
    permission: "public",
    deed: "session.second-factor",
    deedInside: "two-factor.confirm",
    isGuessable: true,
  },
  {
    method: "POST",
    path: "/two-factor/verify-backup-code",
    permission: "public",
    deed: "session.second-factor",
    isGuessable: true,
  },

  { method: "GET", path: "/passkey/generate-authenticate-options", permission: "public" },
  { method: "POST", path: "/passkey/verify-authentication", permission: "public", deed: "session.sign-in" },
  { method: "GET", path: "/passkey/generate-register-options", permission: "account" },
  { method: "POST", path: "/passkey/verify-registration", permission: "account", deed: "passkey.add" },
  { method: "GET", path: "/passkey/list-user-passkeys", permission: "account" },
  { method: "POST", path: "/passkey/update-passkey", permission: "account", deed: "passkey.rename" },
  { method: "POST", path: "/passkey/delete-passkey", permission: "account", deed: "passkey.remove" },
];

const BODY_BYTES_MAX = 64 * 1024;
/** Of a passkey, as of everything else that people name. */
const NAME_CHARACTERS_MAX = 200;
const anyBody = z.record(z.string(), z.unknown()).nullish();
type Body = z.infer<typeof anyBody>;

export const authRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  for (const route of ROUTES) {
    app.route({
      method: route.method,
      url: `/api/auth${route.path}`,
      bodyLimit: BODY_BYTES_MAX,
      config: { permission: route.permission },
      schema: route.method === "POST" ? { body: anyBody } : {},
      handler: (request, reply) => answer(access, route, request, reply),
    });
  }
};

async function answer(
  access: Access,
  route: AuthRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const body = bodyFor(route, anyBody.parse(request.body));
  // The same address is the second step of signing in, and the proof that switches a second factor on.
  if (route.deedInside !== undefined) request.principal = await signedIn(access, request);
  const subject = { account: accountOf(request, body), address: request.ip };
  if (route.isGuessable) {
    // Before anything is asked of the stores: a flood costs nothing.
    if (access.passwords.isFull()) throw new PasswordQueueFull();
    const refusal = (await access.signInThrottle?.begin(subject)) ?? null;
    if (refusal !== null)
      throw new AccessError("too_many_attempts", refusal.message, refusal.retryAfterSeconds);
  }
  const given = await askAndNote(access, route, request, body);
  if (given.status >= 400 && given.status < 500) {
    const noted = noteRefusal(access, route, request, body).catch((err: unknown) => {
      request.log.error({ err }, "A refusal could not be written to the audit log.");
    });
    // A stranger does not wait for it: how long it takes would tell whether there is such an account.
    if (request.principal?.kind === "person") await noted;
  }
  if (given.status >= 400) refuseAs(given);
  if (route.isGuessable) await access.signInThrottle?.succeeded(subject);
  const userId = personIn(request, given);
  if (userId !== null) access.principals.forget(userId);
  for (const cookie of given.cookies) reply.header("set-cookie", cookie);
  return await reply.code(given.status).send(given.body ?? {});
}

/** Whoever changes a password wants others out: a session that was stolen ends with it. */
function bodyFor(route: AuthRoute, body: Body): Record<string, unknown> {
  if (typeof body?.name === "string" && body.name.length > NAME_CHARACTERS_MAX)
    throw new AccessError("invalid_input", `A name has at most ${NAME_CHARACTERS_MAX} characters.`);
  return { ...body, ...(route.path === "/change-password" ? { revokeOtherSessions: true } : {}) };
}

/** Whose secret is guessed. Second factors have a count of their own per account within better-auth. */
function accountOf(request: FastifyRequest, body: Record<string, unknown>): string {
  if (request.principal?.kind === "person") return request.principal.userId;
  return typeof body.email === "string" ? body.email.slice(0, 320) : "second factor";
}

/**
 * What a signed-in person changes is one transaction with its audit line. Signing in is not: a transaction that waits for
 * slow hashes would let strangers hold up the embedded store, so its line follows the change.
 */
async function askAndNote(
  access: Access,
  route: AuthRoute,
  request: FastifyRequest,
  body: Record<string, unknown>,
): Promise<AuthAnswer> {
  const query = request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "";
  const ask = () => askAuth(access, request, `${route.path}${query}`, body);
  if (request.principal?.kind !== "person" || route.deed === undefined) {
    const given = await ask();
    await note(access.control, route, request, given);
    return given;
  }
  return await access.control.transaction(async (tx) => {
    const given = await access.authWithin(tx, ask);
    // Half of a change that failed is taken back; a refusal may have counted something that has to stay.
    if (given.status >= 500) refuseAs(given);
    await note(tx, route, request, given);
    return given;
  });
}

async function note(
  executor: SqlExecutor,
  route: AuthRoute,
  request: FastifyRequest,
  given: AuthAnswer,
): Promise<void> {
  const userId = personIn(request, given);
  const action = deedOf(route, request);
  if (action === undefined || userId === null || given.status >= 400) return;
  const actor = { ...actorOf(request, null), kind: "person" as const, id: userId };
  await recordForPerson(executor, actor, userId, { action }, "done");
}

/** Null also for a key or an organisation that is refused: the address is open to everybody. */
async function signedIn(access: Access, request: FastifyRequest): Promise<Principal | null> {
  try {
    const principal = await access.principals.of(request.headers);
    return principal?.kind === "person" ? principal : null;
  } catch (error) {
    if (error instanceof AccessError) return null;
    throw error;
  }
}

function deedOf({ deed, deedInside }: AuthRoute, { principal }: FastifyRequest): string | undefined {
  return principal?.kind === "person" ? (deedInside ?? deed) : deed;
}

function personIn(request: FastifyRequest, given: AuthAnswer): string | null {
  return userIdOf(given.body) ?? (request.principal?.kind === "person" ? request.principal.userId : null);
}

/** A wrong password for an account that exists belongs in the logs of its organisations. */
async function noteRefusal(
  access: Access,
  route: AuthRoute,
  request: FastifyRequest,
  body: Record<string, unknown>,
): Promise<void> {
  const action = deedOf(route, request);
  if (action === undefined) return;
  const { principal } = request;
  const email = typeof body.email === "string" ? body.email.trim().toLowerCase() : null;
  const [row] =
    principal?.kind === "person"
      ? [{ id: principal.userId }]
      : await access.control.query<{ id: string }>("select id from users where email = $1", [email]);
  if (row === undefined) return;
  const target = { kind: "person", id: row.id };
  await recordForPerson(access.control, actorOf(request, principal), row.id, { action, target }, "refused");
}

function userIdOf(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("user" in body)) return null;
  const { user } = body;
  return typeof user === "object" && user !== null && "id" in user && typeof user.id === "string"
    ? user.id
    : null;
}
