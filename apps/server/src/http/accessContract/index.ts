/** All that holds of access, for both backends of the control store. */
import type { AccessBackend } from "./backend.ts";
import { attacksSuite } from "./attacks.ts";
import { walkSuite } from "./walk.ts";

export type { AccessBackend } from "./backend.ts";

export function accessSuites(backend: AccessBackend): void {
  walkSuite(backend);
  attacksSuite(backend);
}
