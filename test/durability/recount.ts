/** What the store holds, checked against what senders were told and against itself. */
import assert from "node:assert/strict";
import { ROLLUPS } from "../../apps/server/src/engines/telemetry/contract/rollups.ts";
import type { Signal } from "../../apps/server/src/ingest/index.ts";
import type { Acknowledged } from "./senders.ts";
import type { TestServer } from "./server.ts";

/** Where the items of a signal are, one row each. */
const ITEMS: Readonly<Record<Signal, string>> = {
  traces: "SELECT attributes['uid'] AS uid, ingest_key, received_at FROM spans",
  logs: "SELECT attributes['uid'] AS uid, ingest_key, received_at FROM logs",
  metrics: "SELECT attributes['uid'] AS uid, ingest_key, received_at FROM metric_points",
  web_vitals: "SELECT attribution['uid'] AS uid, ingest_key, received_at FROM web_vitals WHERE sign >= 0",
  events: `SELECT title AS uid, ingest_key, received_at FROM page_views
    UNION ALL SELECT attributes['uid'] AS uid, ingest_key, received_at FROM browser_events`,
};

/** Every acknowledged item is stored exactly once; what was not acknowledged at most once. */
export async function assertExactlyOnce(server: TestServer, acknowledged: Acknowledged): Promise<void> {
  for (const [signal, items] of Object.entries(ITEMS) as [Signal, string][]) {
    const rows = await server.sql<{ uid: string; copies: number }>(
      `SELECT uid, toUInt32(count()) AS copies FROM (${items}) GROUP BY uid`,
    );
    const twice = rows.filter(({ copies }) => copies > 1);
    assert.equal(
      twice.length,
      0,
      `${signal}: ${twice.length} items stored more than once (${twice[0]?.uid})`,
    );
    const stored = new Set(rows.map(({ uid }) => uid));
    const lost = [...acknowledged[signal]].filter((uid) => !stored.has(uid));
    assert.equal(lost.length, 0, `${signal}: ${lost.length} acknowledged items lost (${lost[0]})`);
    assert.ok(acknowledged[signal].size > 0, `${signal}: nothing was acknowledged, so nothing was tested`);
  }
}

/** Every rollup equals a recount of the raw rows, in every figure of every cell. */
export async function assertRollupsEqualRecount(server: TestServer): Promise<void> {
  for (const { name, rolled, recounted } of ROLLUPS) {
    const expected = await server.sql(recounted);
    assert.ok(expected.length > 0, `${name}: nothing to recount`);
    assert.deepEqual(await server.sql(rolled), expected, `${name} differs from a recount of its raw rows`);
  }
}

/** The ledger balances: what senders were told equals what is stored, per key, signal and minute. */
export async function assertLedgerBalances(server: TestServer): Promise<void> {
  const receipts = await server.sql(
    `SELECT ingest_key, signal, toString(r.time) AS t, sum(r.items) AS items FROM ingest_receipts AS r
     WHERE reason = '' GROUP BY ingest_key, signal, t HAVING items > 0 ORDER BY ALL`,
  );
  const stored = await server.sql(
    `SELECT ingest_key, signal, toString(r.time) AS t, sum(r.items) AS items FROM ingest_stored AS r
     GROUP BY ingest_key, signal, t ORDER BY ALL`,
  );
  const raw = Object.entries(ITEMS).map(
    ([signal, items]) =>
      `SELECT toString(ingest_key) AS ingest_key, '${signal}' AS signal,
         toString(toStartOfMinute(received_at)) AS t, count() AS items
       FROM (${items}) GROUP BY ingest_key, t`,
  );
  const counted = await server.sql(
    `SELECT ingest_key, signal, t, items FROM (${raw.join(" UNION ALL ")}) ORDER BY ALL`,
  );
  assert.deepEqual(stored, counted, "ingest_stored differs from a recount of the raw rows");
  assert.deepEqual(receipts, counted, "the receipts differ from what is stored");
}
