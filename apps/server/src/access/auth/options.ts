/** How better-auth is set up here: which tables, which ways to sign in, which defaults are changed and why. */
import { randomUUIDv7 } from "node:crypto";
import { passkey } from "@better-auth/passkey";
import { APIError, type BetterAuthOptions } from "better-auth";
import { twoFactor } from "better-auth/plugins";
import type { SecretBox } from "../secrets.ts";
import { cookieName } from "./cookies.ts";
import { PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN, type PasswordHasher } from "./password.ts";

export const AUTH_PATH = "/api/auth";
/** However much a session is used, it ends then. */
export const SESSION_SECONDS_MAX = 30 * 24 * 3600;
/** Only our own bridge sets it; what a client sends under this name is dropped there. */
export const PEER_ADDRESS_HEADER = "x-throughline-peer";
/** What sealed recovery codes belong to. */
export const BACKUP_CODES = "two_factors.backup_codes";

export interface AuthOptionsInput {
  /** Signs cookies; at least 32 random bytes as text. */
  readonly secret: string;
  readonly isSecure: boolean;
  /** What passkeys are bound to: a host name, never an address. */
  readonly passkeyHost: string;
  readonly box: SecretBox;
  readonly passwords: PasswordHasher;
  readonly log: BetterAuthOptions["logger"];
  /** Absent where no mail can be sent: then only a link made by an administrator resets a password. */
  readonly sendResetPassword?: (input: { readonly email: string; readonly token: string }) => Promise<void>;
}

export function authOptions(input: AuthOptionsInput) {
  const { sendResetPassword } = input;
  return {
    appName: "Throughline",
    basePath: AUTH_PATH,
    secret: input.secret,
    telemetry: { enabled: false },
    // The bridge (askAuth.ts) makes these requests under an address that is known to be ours.
    trustedOrigins: async (request?: Request) => (request === undefined ? [] : [new URL(request.url).origin]),
    logger: input.log,
    // Accounts come from the set-up, an invitation or single sign-on; nobody signs up by themselves.
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_CHARACTERS_MIN,
      maxPasswordLength: PASSWORD_CHARACTERS_MAX,
      password: input.passwords,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: 3600,
      ...(sendResetPassword === undefined
        ? {}
        : {
            sendResetPassword: async ({ user, token }: { user: { email: string }; token: string }) =>
              await sendResetPassword({ email: user.email, token }),
          }),
    },
    user: {
      modelName: "users",
      fields: { emailVerified: "email_verified", createdAt: "created_at", updatedAt: "updated_at" },
    },
    session: {
      modelName: "sessions",
      fields: {
        userId: "user_id",
        expiresAt: "expires_at",
        ipAddress: "ip_address",
        userAgent: "user_agent",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      // Principals are found by our own statement, which also ends idle sessions: see principals.ts.
      expiresIn: SESSION_SECONDS_MAX,
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
      additionalFields: {
        /** Set when single sign-on opened it: then it counts in that provider's organisation only. */
        ssoProviderId: { type: "string", required: false, input: false, fieldName: "sso_provider_id" },
      },
    },
    account: {
      modelName: "accounts",
      fields: {
        accountId: "account_id",
        providerId: "provider_id",
        userId: "user_id",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
    },
    verification: {
      modelName: "verifications",
      fields: { expiresAt: "expires_at", createdAt: "created_at", updatedAt: "updated_at" },
      // Identifiers hold reset tokens and passkey challenges: reading the table must not be enough to use them.
      storeIdentifier: "hashed",
    },
    // Sign-in has limits of its own (access/limits), shared by all instances; these know one process only.
    rateLimit: { enabled: false },
    advanced: {
      database: { generateId: () => randomUUIDv7() },
      // Said explicitly: better-auth switches both checks off by itself when NODE_ENV is "test".
      disableCSRFCheck: false,
      disableOriginCheck: false,
      useSecureCookies: false, // would add the prefix __Secure-; the names below carry __Host- instead
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax", path: "/", secure: input.isSecure },
      cookies: Object.fromEntries(
        [
          "session_token",
          "session_data",
          "account_data",
          "dont_remember",
          "two_factor",
          "trust_device",
          "passkey",
        ].map((name) => [name, { name: cookieName(name, input.isSecure) }]),
      ),
      ipAddress: { ipAddressHeaders: [PEER_ADDRESS_HEADER], ipv6Subnet: 128 },
    },
    plugins: [
      twoFactor({
        issuer: "Throughline",
        backupCodeOptions: {
          storeBackupCodes: {
            encrypt: async (codes: string) => input.box.seal(codes, BACKUP_CODES),
            decrypt: async (sealed: string) => input.box.open(sealed, BACKUP_CODES),
          },
        },
        schema: {
          user: { fields: { twoFactorEnabled: "two_factor_enabled" } },
          twoFactor: {
            modelName: "two_factors",
            fields: {
              backupCodes: "backup_codes",
              userId: "user_id",
              failedVerificationCount: "failed_verification_count",
              lockedUntil: "locked_until",
            },
          },
        },
      }),
      passkey({
        rpID: input.passkeyHost,
        rpName: "Throughline",
        advanced: { webAuthnChallengeCookie: "passkey" },
        // A passkey stands for password and second factor together, so the device must have checked its person. The
        // plugin itself does not insist on it.
        authenticatorSelection: { userVerification: "required", residentKey: "required" },
        registration: {
          afterVerification: ({ verification }) =>
            refuseUnverified(verification.registrationInfo?.userVerified ?? false),
        },
        authentication: {
          afterVerification: ({ verification }) =>
            refuseUnverified(verification.authenticationInfo.userVerified),
        },
        schema: {
          passkey: {
            modelName: "passkeys",
            fields: {
              publicKey: "public_key",
              userId: "user_id",
              credentialID: "credential_id",
              deviceType: "device_type",
              backedUp: "backed_up",
              createdAt: "created_at",
            },
          },
        },
      }),
    ],
  } satisfies BetterAuthOptions;
}

async function refuseUnverified(isUserVerified: boolean): Promise<void> {
  if (isUserVerified) return;
  throw new APIError("UNAUTHORIZED", {
    code: "USER_VERIFICATION_NEEDED",
    message: "This passkey was used without its PIN, fingerprint or face: unlock it and try again.",
  });
}
