import assert from "node:assert/strict";
import { test } from "node:test";
import { quoteName, quoteString, splitStatements } from "./sqlText.ts";

function splits(script: string, expected: string[]): void {
  assert.deepEqual(splitStatements(script), expected, script);
}

test("statements are split at semicolons that are code", () => {
  splits("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]);
  splits("SELECT ';'; SELECT 'it\\'s;', 'a'';b'", ["SELECT ';'", "SELECT 'it\\'s;', 'a'';b'"]);
  splits('SELECT `a;b`, "c;d" FROM t', ['SELECT `a;b`, "c;d" FROM t']);
  splits("SELECT 1 -- a; b's\n+ 1; /* c; ' */ SELECT 2", ["SELECT 1  \n+ 1", "SELECT 2"]);
  splits("SELECT $x$a;b$x$; SELECT 3 - 1 / 2", ["SELECT $x$a;b$x$", "SELECT 3 - 1 / 2"]);
  splits(" ;; \n;-- only a comment\n", []);
});

test("a quote that is never closed is an error, not a longer statement", () => {
  assert.throws(() => splitStatements("SELECT 'a; DROP TABLE t"), SyntaxError);
  assert.throws(() => splitStatements("SELECT `a"), SyntaxError);
});

test("quoting leaves no way out of the quotes", () => {
  assert.equal(quoteString("it's \\ \n\n\0"), "'it\\'s \\\\ \\n\\n\\0'");
  assert.equal(quoteName("a`b"), "`a\\`b`");
  assert.equal(quoteString("\ud800"), "'\ufffd'");
});
