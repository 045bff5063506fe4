/**
 * What every shared store must do, run in memory (../contract.memory.test.ts) and on a real Redis server
 * (test/e2e/sharedStore.redis.test.ts). Expected values are written once: the two backends may not differ.
 */
import { after, before, describe } from "node:test";
import type { SharedStore } from "../store.ts";
import { attemptsContract } from "./attempts.ts";
import { bucketsContract } from "./buckets.ts";
import { messagesContract } from "./messages.ts";
import { valuesContract } from "./values.ts";

export interface ContractBackend {
  readonly name: string;
  /** A store without anything in it whose buckets and attempts go by this clock. */
  openEmpty(nowMs: () => number): Promise<SharedStore>;
  /** Lets what was set to live for `ms` or less expire, or has it expire soon. */
  elapse(ms: number): void;
  cleanUp(): Promise<void>;
}

export interface ContractClock {
  ms: number;
}

export function sharedStoreContract(backend: ContractBackend): void {
  describe(`shared store on ${backend.name}`, () => {
    const clock: ContractClock = { ms: Date.parse("2026-06-01T12:00:00Z") };
    let store: SharedStore;
    before(async () => {
      store = await backend.openEmpty(() => clock.ms);
    });
    after(async () => {
      await store.close();
      await backend.cleanUp();
    });
    const current = (): SharedStore => store;
    describe("buckets", () => bucketsContract(current, clock));
    describe("attempts", () => attemptsContract(current, clock));
    describe("values", () => valuesContract(current, backend));
    describe("messages", () => messagesContract(current));
  });
}
