import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueryParam } from "../store.ts";
import { newBackend, newStore, QUERY, rowsOf, type OpenBackend } from "./backend.ts";

const NASTY = [
  "",
  "plain",
  "it's",
  "'; DROP TABLE spans; --",
  "\\",
  "\\'",
  "\\\\'",
  "\\n",
  "\\N",
  "\0",
  "a\0b",
  "\n",
  "\n\n",
  "a\r\n\tb\b\f\v",
  '`"${}$$ {tenant:String} {{table spans}}',
  "/* */ -- #",
  "$a$ heredoc $a$",
  "ü漢字🦊\u2028\ufeff",
  "%00%27 &param_x=1 +",
  "\u0001\u001f\u007f",
];

export function queryContract(openBackend: OpenBackend): void {
  test("strings come back as they were bound, whatever they contain", async (t) => {
    const { store } = await newStore(t, openBackend);
    for (const text of NASTY) {
      const [row] = await store.internal.query(
        "SELECT {text:String} AS text, length({text:String}) AS bytes, {list:Array(String)} AS list, {text:String} = {list:Array(String)}[2] AS same",
        { text, list: ["x", text, text] },
        QUERY,
      );
      assert.deepEqual(
        row,
        { text, bytes: Buffer.byteLength(text), list: ["x", text, text], same: 1 },
        JSON.stringify(text),
      );
    }
    await rowsOf(store, "SELECT count() FROM spans");
  });

  test("numbers, times and lists arrive with their types", async (t) => {
    const { store } = await newStore(t, openBackend);
    const cases: [type: string, value: QueryParam, text: string][] = [
      ["UInt8", 255, "255"],
      ["Int64", -9007199254740991, "-9007199254740991"],
      ["UInt64", 18446744073709551615n, "18446744073709551615"],
      ["UInt64", "18446744073709551615", "18446744073709551615"],
      ["Float64", 0.1, "0.1"],
      ["Float64", 1e300, "1e300"],
      ["Float64", -0.5, "-0.5"],
      ["Bool", true, "true"],
      ["Date", 1767225600123, "2026-01-01"],
      ["DateTime", 1767225600123, "2026-01-01 00:00:00"],
      ["DateTime('UTC')", 1767225601000, "2026-01-01 00:00:01"],
      ["DateTime64(3)", 1767225600123, "2026-01-01 00:00:00.123"],
      ["DateTime64(9, 'UTC')", 1767225600123, "2026-01-01 00:00:00.123000000"],
      ["UUID", "01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"],
      ["FixedString(3)", "abc", "abc"],
      ["Array(UInt16)", [1, 2, 65535], "[1,2,65535]"],
      ["Array(String)", [], "[]"],
      ["Array(Float64)", [0.5, -1], "[0.5,-1]"],
      ["LowCardinality(String)", "x", "x"],
    ];
    for (const [type, value, text] of cases) {
      const [row] = await store.internal.query<{ text: string; type: string }>(
        `SELECT toString({v:${type}}) AS text, toTypeName({v:${type}}) AS type`,
        { v: value },
        QUERY,
      );
      assert.equal(row?.text, text, type);
      if (!type.startsWith("LowCardinality")) assert.equal(row?.type, type, type);
    }
  });

  test("a placeholder may stand for a limit, an interval and a table", async (t) => {
    const { store } = await newStore(t, openBackend);
    const rows = await store.internal.query(
      `SELECT toString(toStartOfInterval({at:DateTime64(3)}, INTERVAL {step:UInt32} SECOND)) AS start
       FROM numbers(10) WHERE (SELECT count() FROM {table:Identifier}) = 0 LIMIT {limit:UInt32}`,
      { at: 1767225659000, step: 60, limit: 2, table: "request_rollups" },
      QUERY,
    );
    assert.deepEqual(rows, [{ start: "2026-01-01 00:00:00" }, { start: "2026-01-01 00:00:00" }]);
  });

  test("values that don't fit their type are refused before they reach the engine", async (t) => {
    const { store } = await newStore(t, openBackend);
    const misfits: [type: string, value: QueryParam][] = [
      ["UInt8", 256],
      ["UInt8", -1],
      ["UInt32", 1.5],
      ["Int64", Number.NaN],
      ["UInt64", "1 OR 1"],
      ["UInt64", 2 ** 60],
      ["Float64", Number.POSITIVE_INFINITY],
      ["String", 5],
      ["Bool", "true"],
      ["DateTime64(3)", "2026-01-01"],
      ["DateTime64(3)", Number.NaN],
      ["DateTime64(3)", -1],
      ["Identifier", "spans; DROP TABLE spans"],
      ["Identifier", "system.tables"],
      ["UUID", "x"],
      ["FixedString(2)", "abc"],
      ["Array(String)", "x"],
      ["Array(UInt8)", [1, 300]],
    ];
    for (const [type, value] of misfits) {
      await assert.rejects(
        store.internal.query(`SELECT {v:${type}}`, { v: value }, { name: "misfit" }),
        { name: "TelemetryError", code: "statement", message: /Parameter v/ },
        `${type} ${String(value)}`,
      );
    }
    await assert.rejects(store.internal.query("SELECT {v:String}", {}, QUERY), /needs a value for \{v\}/);
    await assert.rejects(
      store.internal.query("SELECT {v:Nested(a String)}", { v: "x" }, QUERY),
      /type Nested\(a String\) are not supported/,
    );
  });

  test("errors say what happened, to which query and what to do", async (t) => {
    const { store } = await newStore(t, openBackend);
    const fails = async (sql: string, code: string, message: RegExp, options = {}) => {
      const query = store.internal.query(sql, {}, { ...QUERY, name: "the.question", ...options });
      await assert.rejects(query, { name: "TelemetryError", code, message }, sql);
    };
    await fails("SELECT * FROM nowhere", "statement", /^Query "the\.question" was refused .*nowhere/);
    await fails("SELEC 1", "statement", /refused/);
    await fails("SELECT 'open", "statement", /never closed/);
    await fails(
      "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
      "timeout",
      /^Query "the\.question" took too long .*shorter time range/,
      { maxExecutionMs: 200 },
    );
    await fails(
      "SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 20000000",
      "memory",
      /more memory than it may use/,
    );
    await fails("SELECT number FROM numbers(11)", "statement", /max rows: 10/, { maxResultRows: 10 });
    // The same sessions go on.
    assert.deepEqual(await rowsOf(store, "SELECT 1 AS one"), [{ one: 1 }]);
  });

  // The embedded engine keeps what a failed query had put out and hands it to the session's next one.
  test("neither rows nor limits of a failed query reach the next", async (t) => {
    const { store } = await newStore(t, openBackend);
    for (let i = 0; i < 10; i++) {
      await assert.rejects(
        store.internal.query(
          "SELECT number, throwIf(number = 900) FROM numbers(1000) SETTINGS max_block_size = 100",
          {},
          { name: "foreign", maxResultRows: 999 },
        ),
        { code: "statement" },
      );
    }
    for (let i = 0; i < 10; i++) {
      const rows = await rowsOf(store, "SELECT number FROM numbers(2000, 1001)");
      assert.deepEqual(
        rows,
        Array.from({ length: 1001 }, (_, at) => ({ number: 2000 + at })),
      );
    }
  });

  test("numbers arrive as numbers, impossible ones as null, times as text in UTC", async (t) => {
    const { store } = await newStore(t, openBackend);
    const [row] = await rowsOf(
      store,
      `SELECT toUInt64(9007199254740991) AS whole, 0.5 AS half, nan AS nan, 1 / 0 AS infinite,
        toDateTime(0) AS start, 'a\\n"b' AS text, [1, 2] AS list, map('k', 1) AS pairs, NULL AS nothing`,
    );
    assert.deepEqual(row, {
      whole: 9007199254740991,
      half: 0.5,
      nan: null,
      infinite: null,
      start: "1970-01-01 00:00:00",
      text: 'a\n"b',
      list: [1, 2],
      pairs: { k: 1 },
      nothing: null,
    });
    assert.deepEqual(await rowsOf(store, "SELECT 1 WHERE 0"), []);
  });

  test("health tells memory, disk, rows and parts", async (t) => {
    const { store, backend } = await newStore(t, openBackend);
    const health = await store.health();
    assert.equal(health.ok, true, String(health.message));
    assert.equal(health.backend, backend.name);
    assert.match(health.version, /^\d+\.\d+/);
    assert.ok(health.memoryBytes > 1_000_000 && health.memoryBytes < health.memoryLimitBytes);
    assert.ok(health.diskBytes > 0 && health.rows > 0 && health.activeParts > 0);
  });

  test("statistics count calls, errors and durations by name", async (t) => {
    const { store } = await newStore(t, openBackend);
    for (let i = 0; i < 5; i++) await store.internal.query("SELECT 1", {}, { name: "five" });
    await assert.rejects(store.internal.query("SELECT nothing", {}, { name: "five" }), { code: "statement" });
    await store.internal.query("SELECT sleep(0.3)", {}, { name: "slow" });
    const list = store.queryStatistics();
    const five = list.find(({ name }) => name === "five");
    assert.equal(five?.count, 6);
    assert.equal(five?.errors, 1);
    assert.ok(five.p50Ms > 0 && five.p50Ms <= five.p95Ms && five.p95Ms <= five.maxMs);
    const slow = list.find(({ name }) => name === "slow");
    assert.ok(slow !== undefined && slow.p50Ms >= 290 && slow.maxMs >= 300);
  });

  test("closing ends queries under way, refuses new ones and may be repeated", async (t) => {
    const { backend } = await newBackend(t, openBackend);
    const store = await backend.open();
    const endless = Array.from({ length: 10 }, () =>
      store.internal.query(
        "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
        {},
        { name: "endless", maxExecutionMs: 20_000 },
      ),
    );
    const results = Promise.allSettled(endless);
    await store.internal.query("SELECT 1", {}, { name: "started", maxExecutionMs: 100 }).catch(() => {});
    const startedMs = performance.now();
    await Promise.all([store.close(), store.close()]);
    assert.ok(performance.now() - startedMs < 15_000, "closing does not wait for the queries' own end");
    for (const result of await results) {
      assert.equal(result.status, "rejected");
      assert.equal(result.reason.code, "closed", String(result.reason));
    }
    await assert.rejects(store.internal.query("SELECT 1", {}, QUERY), { code: "closed" });
    await assert.rejects(store.internal.command("SELECT 1"), { code: "closed" });
    await assert.rejects(store.load({ table: "spans", path: "/x", dedupToken: "x" }), { code: "closed" });
    const health = await store.health();
    assert.equal(health.ok, false);
    assert.match(health.message ?? "", /closed|closing/);
  });
}
