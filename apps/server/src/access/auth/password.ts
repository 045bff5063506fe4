/**
 * Password hashes: scrypt with OWASP's parameters (N = 2^14, r = 8, p = 5: 16 MiB).
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
 * Hashing runs on the thread pool that queries and files use too, so only a few run at once and only so many wait: a
 * flood of sign-ins is refused instead of slowing everything else.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";

const COST = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const MARK = "scrypt-14-8-5";

export const PASSWORD_CHARACTERS_MIN = 10;
export const PASSWORD_CHARACTERS_MAX = 128;

/** Too many sign-ins at once: the caller answers 503 and asks to try again. */
export class PasswordQueueFull extends Error {
  constructor() {
    super("Too many people sign in at this moment: try again in a few seconds.");
    this.name = "PasswordQueueFull";
  }
}

export interface PasswordHasher {
  /** @throws {PasswordQueueFull} */
  hash(password: string): Promise<string>;
  /** @throws {PasswordQueueFull} */
  verify(input: { readonly hash: string; readonly password: string }): Promise<boolean>;
  /** Whether the next one would be refused. */
  isFull(): boolean;
}

export interface PasswordHasherLimits {
  readonly runningMax: number;
  readonly waitingMax: number;
}

export function createPasswordHasher({
  runningMax = Math.max(1, Math.floor(availableParallelism() / 2)),
  waitingMax = 50,
}: Partial<PasswordHasherLimits> = {}): PasswordHasher {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function derive(password: string, salt: Buffer): Promise<Buffer> {
    if (running >= runningMax) {
      if (waiting.length >= waitingMax) throw new PasswordQueueFull();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await scryptOf(password, salt);
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    isFull: () => running >= runningMax && waiting.length >= waitingMax,
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const hash = await derive(password, salt);
      return [MARK, salt.toString("base64url"), hash.toString("base64url")].join("$");
    },
    async verify({ hash, password }) {
      const [mark, salt = "", expected = ""] = hash.split("$");
      const derived = await derive(password, Buffer.from(salt, "base64url"));
      const wanted = Buffer.from(expected, "base64url");
      return mark === MARK && wanted.length === HASH_BYTES && timingSafeEqual(derived, wanted);
    },
  };
}

/** Normalised (NFKC), so that the same keys pressed on two systems give the same password. */
function scryptOf(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
