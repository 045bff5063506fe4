/**
 * How often what may be asked: the one table. A request takes a token from every bucket of its rule whose subject is
 * known; when one is empty it is refused and takes none.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Whom a bucket belongs to: a client's address (IPv6: its /64), a signed-in person, an API or ingest key, a mail address. */
export type LimitedBy = "address" | "user" | "key" | "account";

export interface RateRule {
  readonly by: LimitedBy;
  /** Requests a period in the long run. */
  readonly limit: number;
  readonly periodMs: number;
  /** Requests at once after a pause. */
  readonly burst: number;
  /** `installation`: by all instances together; `instance`: by each for itself, without asking the shared store. */
  readonly counted: "installation" | "instance";
}

export type RateRuleName =
  | "sign_in"
  | "single_sign_on"
  | "password_reset"
  | "reset_mail"
  | "setup"
  | "account"
  | "read"
  | "write"
  | "live"
  | "export"
  | "ingest"
  | "browser_ingest";

export type RateRules = Readonly<Record<RateRuleName, readonly RateRule[]>>;

/** An office or a load balancer may stand behind one address, so those limits are wide. */
export const RATE_RULES: RateRules = {
  // Guessing one account's password is slowed down by signInThrottle.ts; this stops guessing of many.
  sign_in: [{ by: "address", limit: 60, periodMs: MINUTE_MS, burst: 30, counted: "installation" }],
  // Nothing can be guessed here; each way out may ask a provider that does not answer, and a whole office comes at nine.
  single_sign_on: [{ by: "address", limit: 120, periodMs: MINUTE_MS, burst: 120, counted: "installation" }],
  password_reset: [{ by: "address", limit: 30, periodMs: HOUR_MS, burst: 10, counted: "installation" }],
  // Taken by whoever sends the mail: nobody's mailbox is flooded, from however many addresses it is asked.
  reset_mail: [{ by: "account", limit: 4, periodMs: HOUR_MS, burst: 4, counted: "installation" }],
  setup: [{ by: "address", limit: 20, periodMs: MINUTE_MS, burst: 20, counted: "installation" }],
  account: [
    { by: "address", limit: 600, periodMs: MINUTE_MS, burst: 200, counted: "instance" },
    { by: "user", limit: 300, periodMs: MINUTE_MS, burst: 100, counted: "installation" },
  ],
  read: [
    { by: "address", limit: 12_000, periodMs: MINUTE_MS, burst: 2_000, counted: "instance" },
    { by: "user", limit: 1_800, periodMs: MINUTE_MS, burst: 300, counted: "installation" },
    { by: "key", limit: 600, periodMs: MINUTE_MS, burst: 120, counted: "installation" },
  ],
  write: [
    { by: "address", limit: 1_200, periodMs: MINUTE_MS, burst: 300, counted: "instance" },
    { by: "user", limit: 240, periodMs: MINUTE_MS, burst: 60, counted: "installation" },
    { by: "key", limit: 240, periodMs: MINUTE_MS, burst: 60, counted: "installation" },
  ],
  // Opening a live stream; a page that was cut off asks again every second.
  live: [
    { by: "address", limit: 1_200, periodMs: MINUTE_MS, burst: 300, counted: "instance" },
    { by: "user", limit: 240, periodMs: MINUTE_MS, burst: 60, counted: "installation" },
  ],
  export: [
    { by: "address", limit: 60, periodMs: MINUTE_MS, burst: 20, counted: "instance" },
    { by: "user", limit: 12, periodMs: MINUTE_MS, burst: 6, counted: "installation" },
    { by: "key", limit: 12, periodMs: MINUTE_MS, burst: 6, counted: "installation" },
  ],
  // Requests, not items: those have daily quotas. Counted by each instance, since every request would ask otherwise.
  ingest: [{ by: "key", limit: 5_000, periodMs: SECOND_MS, burst: 10_000, counted: "instance" }],
  // Anybody can read a browser key off a page, so its address counts too.
  browser_ingest: [
    { by: "key", limit: 5_000, periodMs: SECOND_MS, burst: 10_000, counted: "instance" },
    { by: "address", limit: 20, periodMs: SECOND_MS, burst: 100, counted: "instance" },
  ],
};

/** Rules of paths that no route of ours declares one for (better-auth answers below /api/auth). The first match counts. */
export const RULE_BY_PATH: readonly (readonly [prefix: string, rule: RateRuleName])[] = [
  ["/api/auth/sign-in/", "sign_in"],
  ["/api/auth/two-factor/verify", "sign_in"],
  ["/api/auth/passkey/verify-authentication", "sign_in"],
  ["/api/auth/request-password-reset", "password_reset"],
  ["/api/auth/forget-password", "password_reset"],
  ["/api/auth/reset-password", "password_reset"],
  ["/api/auth/", "account"],
  ["/api/setup", "setup"],
];
