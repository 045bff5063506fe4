import { randomBytes } from "node:crypto";
import type { ControlStore } from "../../engines/control/store.ts";
import type { SecretBox } from "../secrets.ts";

/** What the sealed value belongs to. */
export const AUTH_SECRET = "settings.auth_secret";

/**
 * The key that signs cookies: random, made once per installation, kept sealed. It survives a rotation of the secret key, so
 * that nobody is signed out by it; and a wrong secret key is noticed here, at the start.
 * @throws {SecretError}
 */
export async function readAuthSecret(control: ControlStore, box: SecretBox): Promise<string> {
  const fresh = box.seal(randomBytes(32).toString("base64url"), AUTH_SECRET);
  await control.query(
    "insert into settings (key, value) values ('auth_secret', $1) on conflict (key) do nothing",
    [{ sealed: fresh }],
  );
  const [row] = await control.query<{ sealed: string }>(
    "select value->>'sealed' as sealed from settings where key = 'auth_secret'",
  );
  if (row === undefined) throw new Error("The setting auth_secret vanished while it was read.");
  return box.open(row.sealed, AUTH_SECRET);
}
