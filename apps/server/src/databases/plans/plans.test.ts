/** Statements of a hostile server, and conditions as PostgreSQL prints them. The rest is tested on a real PostgreSQL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addedSince } from "../collect/takeSnapshot.ts";
import { refusalOf } from "./explainable.ts";
import { filterColumns } from "./findings.ts";
import { planHashOf, planTreeOf } from "./planTree.ts";

test("only one plain statement is explained", () => {
  const refused = [
    "drop table orders",
    "select 1; drop table orders",
    "select 'a'; /* ; */ delete from orders",
    "explain analyze delete from orders",
    "/* select */ truncate orders",
    "call do_something()",
    "do $$ begin delete from orders; end $$",
    "copy orders to program 'rm -rf /'",
    "vacuum full",
    "set role admin",
    "",
    "\0select 1",
    `select '${"x".repeat(70_000)}'`,
    "select * from orders where a = $1 and b …",
  ];
  for (const text of refused) assert.notEqual(refusalOf(text), null, text.slice(0, 60));
  const taken = [
    "select * from orders where id = $1",
    "  (select 1) union (select 2)",
    "/* from the shop; route=/cart */ SELECT ';' , $$;$$ from t",
    "with a as (select 1) insert into t select * from a",
    "update t set a = $1 -- done; really\n where b = $2",
    "delete from t",
  ];
  for (const text of taken) assert.equal(refusalOf(text), null, text);
});

test("any text is judged without an error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const refusal = refusalOf(text);
      assert.ok(refusal === null || refusal.length > 0);
    }),
  );
});

const COLUMNS = ["customer_id", "mail", "total", "note", "Odd Name", "created_at"];

test("columns of a condition: equality first, one order, none where an index would not do", () => {
  const cases: readonly (readonly [string, readonly string[] | null])[] = [
    ["(orders.customer_id = $1)", ["customer_id"]],
    ["((orders.mail)::text = $1)", ["mail"]],
    ["((orders.total > $1) AND (orders.customer_id = $2))", ["customer_id", "total"]],
    ["((o.total > $1) AND (o.total < $2) AND (o.created_at > $3))", ["total"]],
    ['(orders."Odd Name" = $1)', ["Odd Name"]],
    ["(orders.customer_id = ANY ($1))", ["customer_id"]],
    ["((orders.customer_id = $1) OR (orders.mail = $2))", null],
    ["(NOT (orders.customer_id = $1))", null],
    ["(orders.mail <> $1)", null],
    ["(lower(orders.mail) = $1)", []],
    ["(not_a_column = $1)", []],
    ["", []],
  ];
  for (const [filter, columns] of cases) assert.deepEqual(filterColumns(filter, COLUMNS), columns, filter);
});

test("a plan of anything becomes a bounded tree, whose hash is of its shape", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (raw) => {
      const tree = planTreeOf(raw);
      assert.ok(Number.isFinite(tree.totalCost) && tree.ownCost >= 0);
    }),
  );
  const scan = {
    "Node Type": "Seq Scan",
    Schema: "public",
    "Relation Name": "orders",
    Filter: "(mail = 'SECRET')",
  };
  const plan = planTreeOf({ ...scan, "Total Cost": 10, "Plan Rows": 5 });
  assert.doesNotMatch(JSON.stringify(plan), /SECRET/);
  assert.equal(planHashOf(plan), planHashOf(planTreeOf({ ...scan, "Total Cost": 99 })));
  assert.notEqual(planHashOf(plan), planHashOf(planTreeOf({ ...scan, "Node Type": "Index Scan" })));
  let deep: object = scan;
  for (let n = 0; n < 5000; n++) deep = { "Node Type": "Limit", Plans: [deep] };
  assert.equal(planTreeOf({ ...deep }).type, "Limit");
});

test("what was added since: all of a counter once one of them went down", () => {
  const names = [
    "commits",
    "rollbacks",
    "blocksRead",
    "blocksHit",
    "rowsReturned",
    "rowsFetched",
    "rowsInserted",
    "rowsUpdated",
    "rowsDeleted",
    "deadlocks",
    "tempFiles",
    "tempBytes",
  ] as const;
  const all = (value: number) =>
    Object.fromEntries(names.map((name) => [name, value])) as Record<(typeof names)[number], number>;
  assert.equal(addedSince(all(5), null), null);
  assert.deepEqual(addedSince(all(12), all(5)), all(7));
  assert.deepEqual(addedSince({ ...all(12), commits: 3 }, all(5)), { ...all(12), commits: 3 });
});
