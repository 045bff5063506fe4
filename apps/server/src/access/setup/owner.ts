/** The first account of an installation: made once, however many ask at the same moment. */
import type { FastifyBaseLogger } from "fastify";
import type { ControlStore } from "../../engines/control/store.ts";
import { type Actor, auditedAsOwner } from "../audit/audited.ts";
import type { PasswordHasher } from "../auth/password.ts";
import { createPerson } from "../people/createPerson.ts";
import { AccessError } from "../problems.ts";

export interface OwnerContext {
  readonly control: ControlStore;
  readonly passwords: PasswordHasher;
  readonly firstTenantId: string;
}

export interface NewOwner {
  readonly name: string;
  /** Lower case. */
  readonly email: string;
  readonly password: string;
  /** A new name for the first organisation. */
  readonly organisation?: string | undefined;
}

export async function isSetUp(control: ControlStore): Promise<boolean> {
  return (await control.query("select from settings where key = 'owner'")).length === 1;
}

/** @throws {AccessError} already_set_up */
export async function createOwner(
  context: OwnerContext,
  actor: Actor,
  owner: NewOwner,
): Promise<{ userId: string }> {
  const { control, firstTenantId } = context;
  // Before the slow hash, so that a flood of late set-ups costs nothing.
  if (await isSetUp(control)) throw alreadySetUp();
  const passwordHash = await context.passwords.hash(owner.password);
  return await auditedAsOwner(
    { control, actor, tenantId: firstTenantId },
    { action: "setup" },
    async (tx, note) => {
      // A second one waits here for the first one's commit and then inserts nothing.
      const claimed = await tx.query(
        "insert into settings (key, value) values ('owner', '{}') on conflict (key) do nothing returning key",
      );
      if (claimed.length === 0) throw alreadySetUp();
      const person = { name: owner.name, email: owner.email, isEmailVerified: false, passwordHash };
      const userId = await createPerson(tx, person);
      await tx.query("insert into members (tenant_id, user_id, role) values ($1, $2, 'SUPER_ADMIN')", [
        firstTenantId,
        userId,
      ]);
      if (owner.organisation !== undefined)
        await tx.query("update tenants set name = $2 where id = $1", [firstTenantId, owner.organisation]);
      note.target = { kind: "person", id: userId };
      if (actor.kind === "nobody") note.personId = userId;
      return { userId };
    },
  );
}

/** From THROUGHLINE_OWNER_EMAIL and THROUGHLINE_OWNER_PASSWORD; does nothing once there is an owner. */
export async function createOwnerFromEnvironment(
  context: OwnerContext & { readonly log: FastifyBaseLogger },
  { email, password }: { readonly email: string; readonly password: string },
): Promise<void> {
  if (await isSetUp(context.control)) return;
  const name = email.split("@", 1)[0] ?? email;
  try {
    await createOwner(context, { kind: "system", id: null }, { name, email: email.toLowerCase(), password });
    context.log.info("The owner account of THROUGHLINE_OWNER_EMAIL was made.");
  } catch (error) {
    // Another instance was faster: the account is there, which is all that was wanted.
    if (!(error instanceof AccessError && error.code === "already_set_up")) throw error;
  }
}

function alreadySetUp(): AccessError {
  return new AccessError(
    "already_set_up",
    "The first account has been made already: sign in, or ask to be invited.",
  );
}
