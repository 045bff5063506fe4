import { randomUUIDv7 } from "node:crypto";
import type { SqlExecutor } from "../../engines/control/store.ts";
import { AccessError } from "../problems.ts";

export interface NewPerson {
  readonly name: string;
  /** Lower case. */
  readonly email: string;
  readonly isEmailVerified: boolean;
  /** Null: they sign in some other way. */
  readonly passwordHash: string | null;
}

/**
 * Makes a person, within a transaction of the owner. better-auth reads these rows as its own.
 * @throws {AccessError} already_exists
 */
export async function createPerson(tx: SqlExecutor, person: NewPerson): Promise<string> {
  const userId = randomUUIDv7();
  const made = await tx.query(
    `insert into users (id, name, email, email_verified) values ($1, $2, $3, $4)
     on conflict (email) do nothing returning id`,
    [userId, person.name, person.email, person.isEmailVerified],
  );
  if (made.length === 0)
    throw new AccessError("already_exists", "There is an account with this e-mail address already.");
  if (person.passwordHash !== null)
    await tx.query(
      `insert into accounts (id, account_id, provider_id, user_id, password, updated_at)
       values ($1, $2, 'credential', $2, $3, now())`,
      [randomUUIDv7(), userId, person.passwordHash],
    );
  return userId;
}
