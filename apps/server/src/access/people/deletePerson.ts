import type { SqlExecutor } from "../../engines/control/store.ts";

/**
 * With sessions, memberships, factors and API keys, which go with the row, and with every invitation to the address,
 * whichever organisation made it: nothing that names the person stays.
 */
export async function deletePerson(tx: SqlExecutor, userId: string): Promise<void> {
  await tx.query("delete from invitations where email = (select email from users where id = $1)", [userId]);
  await tx.query("delete from users where id = $1", [userId]);
}
