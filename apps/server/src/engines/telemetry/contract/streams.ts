import assert from "node:assert/strict";
import { test } from "node:test";
import { TelemetryError, type TelemetryStore } from "../store.ts";
import { loadSamples, newStore, QUERY, type OpenBackend } from "./backend.ts";

const ACME = { tenantId: "acme", projectId: "shop" };
const MANY = "SELECT number AS n, repeat('x', 100) AS x FROM numbers(1000000000)";

export function streamContract(openBackend: OpenBackend): void {
  const going = () => new AbortController().signal;

  async function linesOf(store: TelemetryStore, sql: string): Promise<string[]> {
    let text = "";
    for await (const piece of store.stream(ACME, sql, {}, { name: "test", signal: going() })) {
      assert.ok(piece.endsWith("\n"), "pieces are whole lines");
      text += piece;
    }
    return text.split("\n").filter((line) => line !== "");
  }

  test("a stream has the rows of the scope and no others, with whole numbers as they are", async (t) => {
    const { store, folder } = await newStore(t, openBackend);
    await loadSamples(store, folder, { rows: 600, seed: 4 });
    const sql = "SELECT tenant_id, project_id, lower(hex(span_id)) AS id FROM spans ORDER BY id";
    const streamed = (await linesOf(store, sql)).map((line): unknown => JSON.parse(line));
    assert.ok(streamed.length > 50, `${streamed.length} rows`);
    assert.deepEqual(streamed, await store.scoped(ACME).query(sql, {}, QUERY));
    assert.deepEqual(await linesOf(store, "SELECT toUInt64(18446744073709551615) AS n"), [
      '{"n":"18446744073709551615"}',
    ]);
    assert.deepEqual(await linesOf(store, "SELECT 1 AS n WHERE 0"), []);
    assert.equal((await linesOf(store, "SELECT number FROM numbers(300000)")).length, 300_000);
    await assert.rejects(linesOf(store, "SELECT * FROM system.tables"), TypeError);
  });

  test("an error halfway is an error, and the next statement is not touched by it", async (t) => {
    const { store } = await newStore(t, openBackend);
    const failing = "SELECT throwIf(number = 200000) AS n FROM numbers(300000)";
    await assert.rejects(linesOf(store, failing), TelemetryError);
    assert.deepEqual(await linesOf(store, "SELECT 1 AS n"), ['{"n":1}']);
  });

  test("whoever stops reading ends the query", async (t) => {
    const { store, backend } = await newStore(t, openBackend);
    // Over HTTP the answer waits for its end: there only the signal ends a query like this one.
    if (backend.name === "chdb") {
      for (let turn = 0; turn < 4; turn++) {
        for await (const piece of store.stream(ACME, MANY, {}, { name: "test", signal: going() })) {
          assert.ok(piece.length > 0);
          break;
        }
      }
    }
    const sql = "SELECT number AS n FROM numbers(300000)";
    const ending = new AbortController();
    let pieces = 0;
    await assert.rejects(async () => {
      for await (const piece of store.stream(ACME, sql, {}, { name: "test", signal: ending.signal })) {
        assert.ok(piece.length > 0);
        pieces += 1;
        ending.abort();
      }
    });
    assert.ok(pieces > 0);
    const [running] = await store.internal.query<{ n: number }>(
      "SELECT count() AS n FROM system.processes WHERE query LIKE '%repeat(%' AND query NOT LIKE '%system.processes%'",
      {},
      QUERY,
    );
    assert.equal(running?.n, 0);
    assert.deepEqual(await linesOf(store, "SELECT 1 AS n"), ['{"n":1}'], "sessions are free again");
  });

  test("closing the store ends a stream that nobody reads on, with an error", async (t) => {
    const { store, backend } = await newStore(t, openBackend);
    if (backend.name !== "chdb") return;
    const stream = store.stream(ACME, MANY, {}, { name: "test", signal: going() })[Symbol.asyncIterator]();
    assert.equal((await stream.next()).done, false);
    await store.close();
    await assert.rejects(async () => {
      while ((await stream.next()).done !== true);
    });
  });
}
