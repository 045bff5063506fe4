import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer } from "./api.ts";
import { readPreferences } from "./preferences.ts";

test("preferences come from the cookies; what is forged counts as not chosen", () => {
  assert.deepEqual(readPreferences("a=b; theme=dark;zone=utc"), { theme: "dark", zone: "utc" });
  for (const cookies of [undefined, "", "theme", `theme="><script>; zone=mars`, "xtheme=dark"])
    assert.deepEqual(readPreferences(cookies), { theme: "auto", zone: "local" });
});

test("an answer is data or a problem, whatever came", () => {
  assert.deepEqual(readAnswer(200, "[1]"), { data: [1], problem: null });
  const problem = { type: "about:blank", title: "No", status: 404, code: "unknown_project" };
  assert.deepEqual(readAnswer(404, JSON.stringify(problem)), { data: null, problem });
  for (const [status, body, shown] of [
    [502, "<html>Bad gateway", 502],
    [500, "{}", 500],
    [200, "<html>Please sign in", 502],
  ] as const) {
    const answer = readAnswer(status, body);
    assert.equal(answer.problem?.status, shown, body);
    assert.equal(answer.problem?.code, "unreadable_answer");
    assert.equal(answer.data, null);
  }
});
