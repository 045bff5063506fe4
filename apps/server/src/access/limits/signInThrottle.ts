/**
 * Guessing a password or a code. Attempts are counted before they are checked, per account and address together: a
 * thousand guesses at once get no further than one after the other, and whoever guesses an owner's password locks out
 * nobody but their own address. Accounts that do not exist are counted alike, so that nothing tells them apart.
 */
import { openMemoryStore, SharedStoreError } from "../../engines/shared/index.ts";
import type { BackoffPolicy, SharedStore } from "../../engines/shared/index.ts";
import { subjectKey } from "./rateLimiter.ts";

/** Five tries, then 1 s, 2 s, 4 s … up to a quarter of an hour; forgotten after six quiet hours or a success. */
export const SIGN_IN_BACKOFF: BackoffPolicy = {
  free: 5,
  firstDelayMs: 1_000,
  delayMsMax: 15 * 60_000,
  forgetAfterMs: 6 * 3_600_000,
};

export interface SignInSubject {
  /** A mail address as it was typed, or a user's id. */
  readonly account: string;
  readonly address: string;
}

export interface SignInThrottle {
  /** Counts an attempt. Null: go on and check it; otherwise refuse it unchecked. */
  begin(subject: SignInSubject): Promise<null | SignInRefusal>;
  /** Forgets the attempts: the secret was right. */
  succeeded(subject: SignInSubject): Promise<void>;
}

export interface SignInRefusal {
  readonly message: string;
  readonly retryAfterSeconds: number;
}

export interface SignInThrottleOptions {
  readonly policy?: BackoffPolicy;
  readonly nowMs?: () => number;
}

/** While the shared store is away each instance counts for itself. */
export function createSignInThrottle(
  shared: SharedStore,
  { policy = SIGN_IN_BACKOFF, nowMs }: SignInThrottleOptions = {},
): SignInThrottle {
  const local = openMemoryStore({ nowMs });

  async function withEither<T>(work: (store: SharedStore) => Promise<T>): Promise<T> {
    try {
      return await work(shared);
    } catch (error) {
      if (!(error instanceof SharedStoreError)) throw error;
      return await work(local);
    }
  }

  return {
    async begin(subject) {
      const key = keyOf(subject);
      const waitMs = await withEither((store) => store.attempt(key, policy));
      if (waitMs === 0) return null;
      const retryAfterSeconds = Math.ceil(waitMs / 1000);
      const message =
        `Too many failed attempts from here: try again in ${retryAfterSeconds} ` +
        `${retryAfterSeconds === 1 ? "second" : "seconds"}.`;
      return { message, retryAfterSeconds };
    },
    async succeeded(subject) {
      const key = keyOf(subject);
      await local.delete(key);
      await withEither((store) => store.delete(key));
    },
  };
}

function keyOf({ account, address }: SignInSubject): string {
  return `sign-in:${subjectKey("account", account)}:${subjectKey("address", address)}`;
}
