import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, sketch, TEXT } from "./compare.ts";

const answer = { n: 3, p95Ms: 105, name: "a", list: [{ n: 1, id: null }] };
const counted = { n: 3, p95Ms: sketch(100), list: [{ n: 1, id: TEXT }] } as const;

test("an answer that is as counted has no difference", () => {
  assert.deepEqual(differences(answer, counted), []);
});

test("a wrong number, one beyond a sketch's error and a wrong text are told with their place", () => {
  assert.deepEqual(differences({ ...answer, n: 4 }, counted), [".n is 4, counted 3"]);
  assert.deepEqual(differences({ ...answer, p95Ms: 110 }, counted), [".p95Ms is 110, counted 100 ± 9.1 %"]);
  assert.deepEqual(differences(answer, { ...counted, name: "b" }), ['.name is a, counted "b"']);
  assert.deepEqual(differences({ ...answer, n: null }, counted), [".n is null, counted 3"]);
});

test("a number that nobody recounts is told, however deep", () => {
  const { n: _, ...less } = counted;
  assert.deepEqual(differences(answer, less), ["nobody recounts .n, which is 3"]);
  assert.deepEqual(differences({ ...answer, more: { deep: [7] } }, counted), [
    "nobody recounts .more.deep.0, which is 7",
  ]);
  assert.deepEqual(differences({ ...answer, unknown: null }, counted), [
    "nobody recounts .unknown, which is null",
  ]);
});

test("rows that are missing or too many, and numbers that are not answered, are told", () => {
  assert.deepEqual(differences({ ...answer, list: [] }, counted), [".list has 0 rows, counted 1"]);
  assert.deepEqual(differences(answer, { ...counted, more: 1 }), [".more is counted and not answered"]);
});
