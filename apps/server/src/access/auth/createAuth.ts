import { kyselyAdapter } from "@better-auth/kysely-adapter";
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { Kysely } from "kysely";
import type { ControlStore } from "../../engines/control/store.ts";
import { controlDialect } from "./dialect.ts";
import { authOptions, type AuthOptionsInput } from "./options.ts";
import { sealedAdapter } from "./sealedAdapter.ts";

export type Auth = ReturnType<typeof createAuth>;

/** better-auth on the control store. Its tables belong to the owner alone: a person exists before any tenant. */
export function createAuth(control: ControlStore, input: AuthOptionsInput) {
  const kysely = new Kysely<Record<string, Record<string, unknown>>>({
    dialect: controlDialect(() => control),
  });
  return betterAuth({
    ...authOptions(input),
    database: (options: BetterAuthOptions) =>
      sealedAdapter(kyselyAdapter(kysely, { type: "postgres" })(options), input.box),
  });
}
