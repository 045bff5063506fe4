/**
 * What every control store must do, run on PGlite (../contract.pglite.test.ts) and on a real PostgreSQL server
 * (test/e2e/controlStore.postgres.test.ts). Expected values are written once: the two backends may not differ.
 */
import { after, before, describe } from "node:test";
import { DEFAULT_CONTROL_LIMITS } from "../connection.ts";
import { migrate, readMigrations } from "../migrate.ts";
import type { ContractBackend, TestStore } from "./backend.ts";
import { lifeContract } from "./life.ts";
import { limitsContract } from "./limits.ts";
import { tenantsContract } from "./tenants.ts";
import { transactionsContract } from "./transactions.ts";
import { valuesContract } from "./values.ts";

export function controlStoreContract(backend: ContractBackend): void {
  describe(`control store on ${backend.name}`, () => {
    let store: TestStore;
    before(async () => {
      store = await backend.openEmpty(DEFAULT_CONTROL_LIMITS);
      await migrate(store, await readMigrations());
    });
    after(async () => {
      await store.close();
      await backend.cleanUp();
    });
    const current = () => store;
    describe("values", () => valuesContract(current));
    describe("transactions", () => transactionsContract(current));
    describe("tenants", () => tenantsContract(current));
    describe("limits", () => limitsContract(backend));
    describe("life", () => lifeContract(backend, current));
  });
}
