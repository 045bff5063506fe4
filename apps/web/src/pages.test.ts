import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { ApiPaths } from "./data/api.ts";
import { findPage, pages } from "./pages.ts";
import {
  ownPath,
  toCustomRange,
  toHelp,
  toOverview,
  toProject,
  toRange,
  toService,
  toServices,
  toSignIn,
  toTrace,
  toTraces,
} from "./paths.ts";

const keep = new URLSearchParams("project=shop&range=24h&cursor=abc&service=x");
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

test("addresses keep project and range, and nothing of the page that is left", () => {
  assert.deepEqual(
    [
      toOverview(keep),
      toServices(keep),
      toService("a/b c", keep),
      toTrace(TRACE_ID, keep),
      toTraces({ route: "GET /x?y", status: "error" }, keep),
      toHelp(new URLSearchParams()),
      toRange("/traces", keep, "7d"),
      toCustomRange("/", keep, 1000.4, 2000),
      toProject("other", keep),
    ],
    [
      "/?project=shop&range=24h",
      "/services?project=shop&range=24h",
      "/services/a%2Fb%20c?project=shop&range=24h",
      `/traces/${TRACE_ID}?project=shop&range=24h`,
      "/traces?project=shop&range=24h&route=GET+%2Fx%3Fy&status=error",
      "/help",
      "/traces?project=shop&range=7d&service=x",
      "/?project=shop&range=custom&service=x&from=1000&to=2000",
      "/?project=other&range=24h",
    ],
  );
});

test("after signing in only the product's own pages are gone to", () => {
  assert.equal(toSignIn("/traces?range=7d"), "/sign-in?next=%2Ftraces%3Frange%3D7d");
  assert.equal(toSignIn("/"), "/sign-in");
  assert.equal(ownPath("/services/a%2Fb?range=7d#x"), "/services/a%2Fb?range=7d#x");
  const foreign = [
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https://evil.example",
    "javascript:1",
  ];
  const pointless = [null, "", "x", "/sign-in?next=/", "/setup", "/api/me", "/a/..//evil.example"];
  for (const next of [...foreign, ...pointless]) assert.equal(ownPath(next), "/", String(next));
});

test("every page is found at its own address, with decoded parameters", () => {
  for (const page of pages) {
    const path = page.path.replaceAll(/:[a-z]+/gi, "a%2Fb");
    assert.equal(findPage(path)?.page, page, path);
  }
  assert.deepEqual(findPage("/services/a%2Fb/")?.params, { service: "a/b" });
  assert.equal(findPage("/services/%E0%A4%A"), null);
  assert.equal(findPage("/nothing"), null);
  assert.equal(findPage("/services/a/b"), null);
});

test("pages ask the API only for what it knows", () => {
  const ask = (path: string): ApiPaths | undefined =>
    findPage(path)?.page.apiPath(
      findPage(path)?.params ?? {},
      new URLSearchParams("range=7d&evil=1&status=error"),
    );
  assert.equal(ask("/"), "/api/overview?range=7d");
  assert.equal(ask("/services/a%2Fb"), "/api/services/a%2Fb?range=7d");
  assert.equal(ask("/traces"), "/api/monitoring/traces?range=7d&status=error&histogram=true");
  assert.equal(ask("/help"), null);
});

test("ids, addresses and keys are each their page's own, and sources exist", () => {
  for (const values of [
    pages.map(({ id }) => id),
    pages.map(({ path }) => path),
    pages.flatMap(({ nav }) => (nav === undefined ? [] : [nav.key])),
  ]) {
    assert.equal(new Set(values).size, values.length, values.join());
  }
  for (const { source } of pages) assert.ok(existsSync(join(import.meta.dirname, "..", source)), source);
});

test("a page's own letters are in the list of keys", () => {
  const root = join(import.meta.dirname, "..");
  for (const folder of new Set(pages.map(({ source }) => dirname(source)))) {
    const listens = readdirSync(join(root, folder))
      .filter((file) => file.endsWith(".tsx"))
      .flatMap((file) => [
        ...readFileSync(join(root, folder, file), "utf8").matchAll(/event\.key [!=]== "([a-z])"/g),
      ])
      .map(([, letter]) => letter ?? "");
    const told = pages
      .filter(({ source }) => dirname(source) === folder)
      .flatMap(({ keys = [] }) => keys.flatMap((key) => key.keys.split(" ")));
    for (const letter of listens) assert.ok(told.includes(letter), `${folder} listens to ${letter}`);
    for (const letter of told.filter((key) => /^[a-z]$/.test(key)))
      assert.ok(listens.includes(letter), `nothing in ${folder} listens to ${letter}`);
  }
});
