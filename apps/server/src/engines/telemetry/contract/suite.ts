/** What every backend of the telemetry store promises. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { newBackend, rowsOf, type OpenBackend } from "./backend.ts";
import { loadContract } from "./loads.ts";
import { queryContract } from "./queries.ts";
import { scopeContract } from "./scopes.ts";
import { streamContract } from "./streams.ts";

export function telemetryContract(name: string, openBackend: OpenBackend): void {
  suite(name, () => {
    test("opening again finds the schema and applies nothing twice", async (t) => {
      const { backend } = await newBackend(t, openBackend);
      const applied =
        "SELECT version, name, checksum, toString(applied_at) AS at FROM schema_migrations ORDER BY ALL";
      const first = await backend.open();
      const before = await rowsOf(first, applied);
      await first.close();
      const second = await backend.open();
      assert.ok(before.length > 0);
      assert.deepEqual(await rowsOf(second, applied), before);
    });

    loadContract(openBackend);
    queryContract(openBackend);
    scopeContract(openBackend);
    streamContract(openBackend);
  });
}
