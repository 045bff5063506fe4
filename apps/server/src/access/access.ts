/** Everything of this room that lives as long as the process: opened once by main.ts, closed at the end. */
import type { BetterAuthOptions } from "better-auth";
import type { FastifyBaseLogger } from "fastify";
import type { ControlStore } from "../engines/control/store.ts";
import type { Ingest } from "../ingest/index.ts";
import type { TelemetryStore } from "../engines/telemetry/store.ts";
import type { Outgoing } from "../outgoing/index.ts";
import { readAuthSecret } from "./auth/authSecret.ts";
import { createAuth, type Auth, type WithinTransaction } from "./auth/createAuth.ts";
import { createPasswordHasher, type PasswordHasher } from "./auth/password.ts";
import { createEraser, type Eraser } from "./erase/eraser.ts";
import { type Housekeeping, startHousekeeping } from "./housekeeping.ts";
import type { IngestKeyVerifier } from "./ingestKeys.ts";
import { createApiKeys, type ApiKeys } from "./keys/apiKeys.ts";
import type { SignInThrottle } from "./limits/signInThrottle.ts";
import type { Breakers } from "../sources/index.ts";
import { guardedMailer } from "./mail/guardedMailer.ts";
import { createMailer, type Mailer } from "./mail/mailer.ts";
import { createOwnOrigin, type OwnOriginOf } from "./ownOrigin.ts";
import { createPrincipals, type Principals } from "./principals.ts";
import { AccessError } from "./problems.ts";
import { createProjectLists, type ProjectLists } from "./projectLists.ts";
import { resealSecrets } from "./resealSecrets.ts";
import type { Quotas } from "./quotas/quotas.ts";
import { type RetentionEnforcer, startRetentionEnforcer } from "./retention/enforcer.ts";
import type { Permission } from "./roles.ts";
import { createSecretBox, readSecretKey, type SecretBox } from "./secrets.ts";
import { createOwnerFromEnvironment, isSetUp } from "./setup/owner.ts";
import { setupCodeOf } from "./setup/setupCode.ts";
import { type ResolveTxt, resolveTxtBySystem } from "./sso/domains.ts";
import { createOidcClient, type OidcClient } from "./sso/oidcClient.ts";

export interface AccessOptions {
  /** Without: every mail asks the mail server, however often it failed. */
  readonly breakers?: Breakers;
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "internal" | "scoped" | "stream">;
  /** The installation's first organisation: `bootstrap()` knows it. */
  readonly firstTenantId: string;
  readonly ingest: Pick<Ingest, "status">;
  readonly ingestKeys: IngestKeyVerifier;
  readonly quotas: Quotas;
  readonly dataDir: string;
  readonly publicUrl?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly owner?: { readonly email: string; readonly password: string } | undefined;
  readonly smtpUrl?: string | undefined;
  readonly mailFrom?: string | undefined;
  readonly log: FastifyBaseLogger;
  /** Every call to a sign-on provider goes through it: the guard against requests into one's own network. */
  readonly outgoing: Pick<Outgoing, "fetch" | "isNamedByOperator">;
  /** Asks for proofs of mail domains; by default the system's name servers. */
  readonly resolveTxt?: ResolveTxt;
  /** Slows down those who guess. Without: nobody does. */
  readonly signInThrottle?: SignInThrottle;
  readonly passwords?: PasswordHasher;
  readonly wallClockMs?: () => number;
  readonly monotonicMs?: () => number;
}

export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly permission: Permission;
}

export interface Access {
  readonly control: ControlStore;
  readonly telemetry: AccessOptions["telemetry"];
  readonly firstTenantId: string;
  readonly auth: Auth;
  readonly authWithin: WithinTransaction;
  readonly authSecret: string;
  readonly box: SecretBox;
  readonly passwords: PasswordHasher;
  readonly principals: Principals;
  readonly apiKeys: ApiKeys;
  readonly ingestKeys: IngestKeyVerifier;
  readonly projectLists: ProjectLists;
  readonly quotas: Quotas;
  readonly mailer: Mailer | null;
  readonly oidc: OidcClient;
  readonly resolveTxt: ResolveTxt;
  readonly eraser: Eraser;
  readonly housekeeping: Housekeeping;
  readonly retention: RetentionEnforcer;
  readonly ownOriginOf: OwnOriginOf;
  readonly publicUrl: string | null;
  /** What passkeys are bound to: they work under this host name only. */
  readonly passkeyHost: string;
  readonly isSecure: boolean;
  readonly signInThrottle: SignInThrottle | null;
  readonly log: FastifyBaseLogger;
  /** Needed to set the product up from another machine; null once that is done. Printed at the start. */
  readonly setupCode: string | null;
  isSetupNeeded(): Promise<boolean>;
  /** The refusal for a caller nobody knows. */
  nobody(): Promise<AccessError>;
  noteRoutes(routes: readonly DeclaredRoute[]): void;
  /** Every route of the running app with what it asks for: tests walk them. */
  readonly routes: readonly DeclaredRoute[];
  close(): Promise<void>;
}

/** @throws {SecretError} when stored secrets were sealed with another key. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { control, firstTenantId, log } = options;
  const box = createSecretBox(await readSecretKey(options.secretKey, options.dataDir));
  const authSecret = await readAuthSecret(control, box);
  await resealSecrets(control, box);

  const isSecure = options.publicUrl?.startsWith("https:") ?? false;
  const passkeyHost = options.publicUrl === undefined ? "localhost" : new URL(options.publicUrl).hostname;
  const passwords = options.passwords ?? createPasswordHasher();
  const mailer = guardedMailer(createMailer(options), options.breakers);
  const { auth, within } = createAuth(control, {
    secret: authSecret,
    isSecure,
    passkeyHost,
    box,
    passwords,
    log: loggerOf(log),
  });
  const clocks = { wallClockMs: options.wallClockMs, monotonicMs: options.monotonicMs };
  const apiKeys = createApiKeys(control, { firstTenantId, ...clocks });
  const principals = createPrincipals({ control, apiKeys, firstTenantId, authSecret, isSecure, ...clocks });
  const housekeeping = startHousekeeping(control);
  const eraser = createEraser({ control, telemetry: options.telemetry, ingest: options.ingest, log });
  const retention = startRetentionEnforcer({ control, telemetry: options.telemetry, log });

  if (options.owner !== undefined)
    await createOwnerFromEnvironment({ control, passwords, firstTenantId, log }, options.owner);
  let isDone = await isSetUp(control);
  const isSetupNeeded = async (): Promise<boolean> => {
    // Once done it stays so; until then another instance may have done it.
    isDone ||= await isSetUp(control);
    return !isDone;
  };
  const routes: DeclaredRoute[] = [];

  return {
    control,
    telemetry: options.telemetry,
    firstTenantId,
    auth,
    authWithin: within,
    authSecret,
    box,
    passwords,
    principals,
    apiKeys,
    ingestKeys: options.ingestKeys,
    projectLists: createProjectLists(control, options.monotonicMs),
    quotas: options.quotas,
    mailer,
    oidc: createOidcClient(options.outgoing),
    resolveTxt: options.resolveTxt ?? resolveTxtBySystem,
    eraser,
    housekeeping,
    retention,
    ownOriginOf: createOwnOrigin(options.publicUrl),
    publicUrl: options.publicUrl ?? null,
    passkeyHost,
    isSecure,
    signInThrottle: options.signInThrottle ?? null,
    log,
    setupCode: isDone ? null : setupCodeOf(authSecret),
    isSetupNeeded,
    async nobody() {
      if (await isSetupNeeded())
        return new AccessError(
          "setup_required",
          "Nobody can sign in yet: open /setup and make the first account.",
        );
      return new AccessError(
        "sign_in_required",
        "Sign in at /sign-in, or send an API key as 'Authorization: Bearer tl_api_…'.",
      );
    },
    noteRoutes: (declared) => void routes.push(...declared),
    routes,
    async close() {
      mailer?.close();
      housekeeping.close();
      await eraser.close();
      await retention.close();
      // Both write down when something was used last. A store that is away now must not keep the rest from closing.
      for (const closed of await Promise.allSettled([principals.close(), apiKeys.usage.close()])) {
        if (closed.status === "rejected")
          log.warn({ err: closed.reason }, "Last uses could not be written down.");
      }
    },
  };
}

/** better-auth's own words at error level only: its warnings repeat what the answer says. */
function loggerOf(log: FastifyBaseLogger): BetterAuthOptions["logger"] {
  return {
    level: "error",
    log: (_level, message, ...details) => {
      const err = details.find((detail) => detail instanceof Error);
      log.error({ err }, `Sign-in: ${message}`);
    },
  };
}
