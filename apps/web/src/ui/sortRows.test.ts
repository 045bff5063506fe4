import assert from "node:assert/strict";
import { test } from "node:test";
import { sortRows } from "./sortRows.ts";

interface Row {
  readonly name: string;
  readonly p95Ms: number | null;
}
const rows: Row[] = [
  { name: "b", p95Ms: 3 },
  { name: "a", p95Ms: null },
  { name: "c", p95Ms: 12 },
];
const columns = [
  { id: "name", sortBy: (row: Row) => row.name },
  { id: "p95", sortBy: (row: Row) => row.p95Ms },
  { id: "fixed" },
];
const names = (columnId: string, isDescending: boolean): string =>
  sortRows(rows, columns, { columnId, isDescending })
    .map(({ name }) => name)
    .join("");

test("orders by text and number, unknown last in both directions", () => {
  assert.equal(names("name", false), "abc");
  assert.equal(names("p95", false), "bca");
  assert.equal(names("p95", true), "cba");
});

test("leaves the server's order without a choice or a sortable column", () => {
  assert.equal(sortRows(rows, columns, null), rows);
  assert.equal(names("fixed", true), "bac");
});
