import assert from "node:assert/strict";
import { test } from "node:test";
import { dialectOf } from "./dialect.ts";
import { StatementNormaliser } from "./normalise.ts";

const normaliser = new StatementNormaliser();

function normalised(statement: string, system = "postgresql"): string {
  const bytes = Buffer.from(`##${statement}##`);
  const size = bytes.length - 4;
  return Buffer.from(normaliser.normalise(bytes, 2, size, dialectOf(system))).toString("utf8");
}

const SAME: readonly (readonly [string, string, string?])[] = [
  ["select * from users where id = 7", "select * from users where id = ?"],
  ["select * from users where id = $1", "select * from users where id = ?"],
  ["select * from users where id=:id and b=@b", "select * from users where id=? and b=?"],
  ["select a\n  ,\tb -- why\nfrom t /* traceparent='00-ab' */ ;", "select a, b from t"],
  ["/* a /* nested */ comment */ select 1", "select ?"],
  ["select 'it''s', E'it\\'s', $$x'$$, $a$ $$ $a$, X'ff', -1.5e-3, .5, 0xff", "select ?, …"],
  ["select * from t where a in (1, 2,3) and b in ('x')", "select * from t where a in (?, …) and b in (?)"],
  ["insert into t (a, b) values (1, 'x'), (2, 'y'), (3, 'z')", "insert into t (a, b) values (?, …), …"],
  ["insert into t values (1), (2)", "insert into t values (?), …"],
  ['select "Order"."id"::text from "Order"', 'select "Order"."id"::text from "Order"'],
  ["select a->>'key', b @> '{\"x\": 1}', c ?| array['a','b']", "select a->>?, b @> ?, c ?| array[?, …]"],
  ["select t1.c2 from t1 where c2 between 1 and 2", "select t1.c2 from t1 where c2 between ? and ?"],
  ["select f(a, 1), g(2)", "select f(a, ?), g(?)"],
  ["select 'never closed and secret", "select ?"],
  ["select /* never closed secret", "select"],
  ["select $tag$ never closed secret", "select ?"],
  ['select "never closed secret', "select ?"],
  ["select * from t limit 10 offset 20", "select * from t limit ? offset ?"],
  [
    "select a - 1 from t where b = -1 and c-2 > 3 - -4 or d < 1e-5",
    "select a - ? from t where b = ? and c-? > ? - ? or d < ?",
  ],
  [
    "SELECT * FROM `t` WHERE a = \"it\\\"s\" AND b = 'c\\'d' # why",
    "SELECT * FROM `t` WHERE a = ? AND b = ?",
    "mysql",
  ],
  ["SELECT @@version, @x", "SELECT @@version, ?", "mysql"],
  [
    '{"find": "users", "filter": {"mail": "a@b.c", "n": 5}}',
    '{"find": ?, "filter": {"mail": ?, "n": ?}}',
    "mongodb",
  ],
  ["SET session:abc secret EX 10", "SET ?", "redis"],
  ["PING", "PING", "redis"],
  ["select 'a\\' secret 'b", "select ?", "some_new_database"],
  ["", ""],
];

test("statements that differ in their literals alone become one", () => {
  for (const [statement, expected, system] of SAME) {
    assert.equal(normalised(statement, system), expected, statement);
  }
});

test("what is normalised stays as it is", () => {
  for (const [statement, , system] of SAME) {
    const once = normalised(statement, system);
    assert.equal(normalised(once, system), once, statement);
  }
});

test("no literal of any dialect is left, however statements are put together", () => {
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((seed / 0x80000000) * below);
  };
  const secrets: Record<string, readonly string[]> = {
    postgresql: [
      "'SECRET'",
      "'a''SECRET'",
      "E'\\'SECRET'",
      "$$SECRET$$",
      "$q$ ' SECRET $q$",
      "'\\'",
      "/* SECRET */",
      "-- SECRET\n",
    ],
    mysql: ["'SECRET'", "'a\\'SECRET'", '"SECRET"', '"a\\"SECRET"', "# SECRET\n", "'\\\\'"],
    unknown: ["'SECRET'", '"SECRET"', "'a\\'SECRET", "-- SECRET\n"],
    mongodb: ['"SECRET"', '{"key": "SECRET"}', "'SECRET'"],
  };
  const around = [
    "select",
    "(",
    ")",
    ",",
    " ",
    "=",
    "a.b",
    "\n",
    "in (",
    "values",
    "[",
    "]",
    "::text",
    "é",
    "1",
    "?",
  ];
  for (let round = 0; round < 20_000; round++) {
    const systems = Object.keys(secrets);
    const system = systems[random(systems.length)]!;
    const parts = Array.from({ length: 1 + random(12) }, () =>
      random(3) === 0 ? secrets[system]![random(secrets[system]!.length)]! : around[random(around.length)]!,
    );
    // A space keeps two quotes from becoming one string with a doubled quote.
    const statement = parts.join(" ");
    assert.ok(!normalised(statement, system).includes("SECRET"), `${system}: ${statement}`);
  }
});

test("megabytes, deep brackets and bytes that are no text end in bounded time and size", () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => `(${n}, 'x')`).join(", ");
  assert.equal(normalised(`insert into t values ${rows}`), "insert into t values (?, …), …,");
  assert.ok(normalised("(".repeat(1_000_000)).length <= 64 * 1024);
  assert.ok(normalised(`${"(".repeat(300)}1${")".repeat(300)}`).includes("?"));
  const noise = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * 7919) % 256));
  for (const system of ["postgresql", "mysql", "mongodb", "redis", "unknown"]) {
    assert.ok(normaliser.normalise(noise, 0, noise.length, dialectOf(system)).length <= 256 * 1024);
  }
});
