/** What the contract needs to know of a backend. */
import assert from "node:assert/strict";
import type { ControlLimits } from "../connection.ts";
import type { Migratable } from "../migrate.ts";
import { ControlError, type ControlStore } from "../store.ts";

export type TestStore = ControlStore & Migratable;

export interface ContractBackend {
  readonly name: string;
  /** A store on a new, empty database. */
  openEmpty(limits: ControlLimits): Promise<TestStore>;
  /** Frees whatever openEmpty left behind. */
  cleanUp(): Promise<void>;
}

/** For assert.rejects. */
export function isControlError(
  sqlState: string | RegExp | undefined,
  message: RegExp = /./,
): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ControlError, `not a ControlError: ${String(error)}`);
    if (sqlState instanceof RegExp) assert.match(error.sqlState ?? "", sqlState);
    else assert.equal(error.sqlState, sqlState, error.message);
    assert.match(error.message, message);
    return true;
  };
}
