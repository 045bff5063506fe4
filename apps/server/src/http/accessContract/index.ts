/** All that holds of access, for both backends of the control store. */
import { attacksSuite } from "./attacks.ts";
import type { AccessBackend } from "./backend.ts";
import { eraseSuite } from "./erase.ts";
import { exportSuite } from "./export.ts";
import { browserKeysSuite } from "./browserKeys.ts";
import { lifeSuite } from "./life.ts";
import { limitsSuite } from "./limits.ts";
import { mailSuite } from "./mail.ts";
import { retentionSuite } from "./retention.ts";
import { signInSuite } from "./signIn.ts";
import { ssoSuite } from "./sso.ts";
import { ssoAttacksSuite } from "./ssoAttacks.ts";
import { usageSuite } from "./usage.ts";
import { walkSuite } from "./walk.ts";
import { walkIngestSuite } from "./walkIngest.ts";

export type { AccessBackend } from "./backend.ts";

export function accessSuites(backend: AccessBackend): void {
  signInSuite(backend);
  lifeSuite(backend);
  limitsSuite(backend);
  attacksSuite(backend);
  mailSuite(backend);
  ssoSuite(backend);
  ssoAttacksSuite(backend);
  usageSuite(backend);
  retentionSuite(backend);
  exportSuite(backend);
  eraseSuite(backend);
  browserKeysSuite(backend);
  walkSuite(backend);
  walkIngestSuite(backend);
}
