import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueryParams } from "../store.ts";
import { bindLiterals, checkParams, parseStatement } from "./statement.ts";

function bound(sql: string, params: QueryParams): string {
  const statement = parseStatement(sql);
  return bindLiterals(statement, checkParams(statement, params));
}

test("placeholders become literals wherever they are code", () => {
  assert.equal(
    bound("SELECT {a:String}, {b:UInt8} -- {c:String}\nFROM t WHERE x = '{d:String}' AND {a:String} != ''", {
      a: "x'y",
      b: 7,
    }),
    "SELECT 'x\\'y', CAST(7 AS UInt8)  \nFROM t WHERE x = '{d:String}' AND 'x\\'y' != ''",
  );
  assert.equal(
    bound("SELECT {t:DateTime64(3, 'UTC')} AS t", { t: 1.5 }),
    "SELECT CAST('1970-01-01 00:00:00.001' AS DateTime64(3, 'UTC')) AS t",
  );
  assert.equal(bound("SELECT map('a', 1), {'b': 2}", {}), "SELECT map('a', 1), {'b': 2}");
});

test("a type can't carry SQL", () => {
  for (const type of [
    "String) OR (1=1",
    "Array(Array(String))",
    "DateTime64(3, 'Europe/Berlin')",
    "Object('json')",
  ]) {
    assert.throws(() => parseStatement(`SELECT {a:${type}}`), /not supported/, type);
  }
  assert.throws(() => parseStatement("SELECT {a:String"), /never closed/);
});

test("inherited names are no parameters", () => {
  assert.throws(() => bound("SELECT {constructor:String}", {}), /needs a value/);
});

test("words are those of the code, with calls and qualifiers told apart", () => {
  const { words } = parseStatement(
    "SELECT File, `Quoted` FROM system . tables, merge /* x */ ('secret') -- hidden",
  );
  for (const word of ["file", "quoted", "system.", "merge("]) assert.ok(words.has(word), word);
  for (const word of ["secret", "hidden", "file(", "x"]) assert.ok(!words.has(word), word);
});
