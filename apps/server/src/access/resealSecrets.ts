/** After a new secret key was put in front: seals with it whatever an older one sealed. */
import type { ControlStore } from "../engines/control/store.ts";
import { AUTH_SECRET } from "./auth/authSecret.ts";
import { BACKUP_CODES } from "./auth/options.ts";
import { TOTP_SECRET } from "./auth/sealedAdapter.ts";
import { DATABASE_PASSWORD, type SecretBox } from "./secrets.ts";
import { CLIENT_SECRET } from "./sso/providers.ts";

interface SealedPlace {
  readonly belongsTo: string;
  readonly select: string;
  /** $1 the new text, $2 the id, $3 the text that was read: whoever changed it meanwhile wins. */
  readonly update: string;
}

const PLACES: readonly SealedPlace[] = [
  {
    belongsTo: AUTH_SECRET,
    select: "select key as id, value->>'sealed' as sealed from settings where key = 'auth_secret'",
    update: `update settings set value = jsonb_build_object('sealed', $1::text), updated_at = now()
             where key = $2 and value->>'sealed' = $3`,
  },
  placeOf("two_factors", "secret", TOTP_SECRET),
  placeOf("two_factors", "backup_codes", BACKUP_CODES),
  placeOf("sso_providers", "client_secret", CLIENT_SECRET),
  placeOf("databases", "password", DATABASE_PASSWORD),
];

function placeOf(table: string, column: string, belongsTo: string): SealedPlace {
  return {
    belongsTo,
    select: `select id::text, ${column} as sealed from ${table} where ${column} is not null`,
    update: `update ${table} set ${column} = $1 where id::text = $2 and ${column} = $3`,
  };
}

/** @throws {SecretError} when a secret does not open with any key. */
export async function resealSecrets(control: ControlStore, box: SecretBox): Promise<number> {
  let resealed = 0;
  for (const { belongsTo, select, update } of PLACES) {
    for (const { id, sealed } of await control.query<{ id: string; sealed: string }>(select)) {
      if (box.isCurrent(sealed)) continue;
      await control.query(update, [box.seal(box.open(sealed, belongsTo), belongsTo), id, sealed]);
      resealed += 1;
    }
  }
  return resealed;
}
