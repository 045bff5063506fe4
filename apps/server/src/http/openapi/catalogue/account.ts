import {
  account,
  done,
  sessionList,
  sessionState,
  setupState,
  ssoAnswer,
  ssoRefusal,
} from "@throughline/contract";
import { z } from "zod";
import type { RouteDoc, RouteDocs } from "../routeDoc.ts";
import { NO_SUCH_ID } from "./noSuchId.ts";

const tag = "account";
/** Whatever the sign-in library answers: its own shapes. */
const open = z.unknown();
const guessable = [
  "sign_in_failed",
  "too_many_attempts",
  "too_busy",
  "wrong_password",
  "invalid_input",
] as const;

const auth = (summary: string, body?: unknown): RouteDoc => ({
  tag,
  summary,
  answer: open,
  problems: [...guessable, "forbidden", "sign_in_again", "conflict"],
  ...(body === undefined ? {} : { example: { body } }),
});

const SIGN_IN: RouteDocs = {
  "POST /api/auth/sign-in/email": auth("Signs in with a password", {
    email: "nobody@example.com",
    password: "not the password",
  }),
  "POST /api/auth/sign-out": auth("Signs out", {}),
  "POST /api/auth/change-password": auth("Changes one's password; other sessions end", {
    currentPassword: "not the password",
    newPassword: "a much longer one",
  }),
  "POST /api/auth/two-factor/enable": auth("Begins to switch a second factor on", {
    password: "not the password",
  }),
  "POST /api/auth/two-factor/disable": auth("Switches the second factor off", {
    password: "not the password",
  }),
  "POST /api/auth/two-factor/generate-backup-codes": auth("Makes new backup codes", {
    password: "not the password",
  }),
  "POST /api/auth/two-factor/verify-totp": auth("Second step of signing in: a code", { code: "000000" }),
  "POST /api/auth/two-factor/verify-backup-code": auth("Second step of signing in: a backup code", {
    code: "00000-00000",
  }),
  "GET /api/auth/passkey/generate-authenticate-options": auth("What a browser needs to use a passkey"),
  "POST /api/auth/passkey/verify-authentication": auth("Signs in with a passkey", { response: {} }),
  "GET /api/auth/passkey/generate-register-options": auth("What a browser needs to make a passkey"),
  "POST /api/auth/passkey/verify-registration": auth("Adds a passkey", { response: {} }),
  "GET /api/auth/passkey/list-user-passkeys": auth("One's passkeys"),
  "POST /api/auth/passkey/update-passkey": auth("Renames a passkey", { id: NO_SUCH_ID, name: "Laptop" }),
  "POST /api/auth/passkey/delete-passkey": auth("Removes a passkey", { id: NO_SUCH_ID }),
  "POST /api/sso/find": {
    tag,
    summary: "Which providers sign an address in",
    answer: ssoAnswer,
    example: { body: { email: "somebody@example.com" } },
  },
  "GET /api/sso/:id/start": {
    tag,
    summary: "Goes to a provider to sign in",
    answer: null,
    statuses: [302],
    problems: ["unknown_host", "provider_failed"],
    example: { params: { id: NO_SUCH_ID } },
  },
  "GET /api/sso/:id/callback": {
    tag,
    summary: "Where a provider sends people back to",
    answer: null,
    statuses: [302],
    problems: ["sign_in_again", "unknown_host", "provider_failed"],
    example: { params: { id: NO_SUCH_ID } },
  },
  "GET /api/sso/refusal": { tag, summary: "Why the last way back was refused", answer: ssoRefusal },
};

export const ACCOUNT: RouteDocs = {
  ...SIGN_IN,
  "GET /api/setup": { tag, summary: "Whether the first account has to be made", answer: setupState },
  "POST /api/setup": {
    tag,
    summary: "Makes the first account",
    answer: done,
    problems: ["already_set_up", "confirmation_needed", "invalid_input", "too_busy"],
    example: {
      body: {
        name: "Ada",
        email: "ada@example.com",
        password: "correct horse battery",
        organisation: "Example",
      },
    },
  },
  "GET /api/me": { tag, summary: "Who asks, and what they may do", answer: sessionState },
  "POST /api/me/tenant": {
    tag,
    summary: "Chooses the organisation",
    answer: done,
    problems: ["unknown_organisation"],
    example: { body: { tenantId: NO_SUCH_ID } },
  },
  "GET /api/me/sessions": { tag, summary: "One's sessions", answer: sessionList },
  "DELETE /api/me/sessions": { tag, summary: "Ends all other sessions", answer: done },
  "DELETE /api/me/sessions/:sessionId": {
    tag,
    summary: "Ends a session",
    answer: done,
    problems: ["unknown_session"],
    example: { params: { sessionId: "no-such-session" } },
  },
  "GET /api/account": { tag, summary: "One's own account", answer: account },
  "PATCH /api/account": {
    tag,
    summary: "Renames oneself",
    answer: done,
    example: { body: { name: "Ada L." } },
  },
  "DELETE /api/account": {
    tag,
    summary: "Deletes one's own account",
    answer: done,
    problems: ["confirmation_needed", "wrong_password", "conflict", "too_many_attempts", "too_busy"],
    example: { body: { email: "not-mine@example.com" } },
  },
  "POST /api/password-reset/request": {
    tag,
    summary: "Asks for a mail with a link to set a new password",
    answer: done,
    problems: ["conflict"],
    example: { body: { email: "nobody@example.com" } },
  },
  "POST /api/password-reset": {
    tag,
    summary: "Sets a new password with such a link's token",
    answer: done,
    problems: ["link_invalid", "too_busy"],
    example: { body: { token: "not-a-token-of-any-link", newPassword: "a much longer one" } },
  },
};
