import { AsyncLocalStorage } from "node:async_hooks";
import { kyselyAdapter } from "@better-auth/kysely-adapter";
import { APIError, betterAuth, type BetterAuthOptions } from "better-auth";
import { Kysely } from "kysely";
import type { ControlStore, SqlExecutor } from "../../engines/control/store.ts";
import { controlDialect } from "./dialect.ts";
import { authOptions, type AuthOptionsInput } from "./options.ts";
import { type PasswordHasher, PasswordQueueFull } from "./password.ts";
import { sealedAdapter } from "./sealedAdapter.ts";

export type Auth = ReturnType<typeof createAuth>["auth"];
/** Runs `work` so that every statement of better-auth in it is a part of the caller's transaction. */
export type WithinTransaction = <T>(tx: SqlExecutor, work: () => Promise<T>) => Promise<T>;

/** better-auth on the control store. Its tables belong to the owner alone: a person exists before any tenant. */
export function createAuth(control: ControlStore, input: AuthOptionsInput) {
  const transactions = new AsyncLocalStorage<SqlExecutor>();
  const kysely = new Kysely<Record<string, Record<string, unknown>>>({
    dialect: controlDialect(() => transactions.getStore() ?? control),
  });
  const auth = betterAuth({
    ...authOptions({ ...input, passwords: refusingInItsTerms(input.passwords) }),
    database: (options: BetterAuthOptions) =>
      sealedAdapter(kyselyAdapter(kysely, { type: "postgres" })(options), input.box),
  });
  const within: WithinTransaction = (tx, work) => transactions.run(tx, work);
  return { auth, within };
}

/** Code of the answer when too many hashes wait. */
export const TOO_BUSY = "TOO_BUSY";

/** Any other error is printed by better-auth with its stack: a flood of sign-ins would become a flood of output. */
function refusingInItsTerms(passwords: PasswordHasher): PasswordHasher {
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof PasswordQueueFull)) throw error;
      throw new APIError("SERVICE_UNAVAILABLE", { code: TOO_BUSY, message: error.message });
    }
  };
  return {
    hash: (password) => explained(passwords.hash(password)),
    verify: (given) => explained(passwords.verify(given)),
    isFull: () => passwords.isFull(),
  };
}
