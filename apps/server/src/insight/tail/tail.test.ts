import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { tailItem, tailQuery, type TailQuery } from "@throughline/contract";
import type { Scope, ScopedReader } from "../../engines/telemetry/index.ts";
import { openInsightRig, type InsightRig, type SentTelemetry } from "../testRig.ts";
import { readTail, type TailData } from "./index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const texts = ({ items }: TailData): string[] => items.map(({ text }) => text);

describe("the first screen of the tail", () => {
  let rig: InsightRig;
  let lastTenant = 0;
  before(async () => {
    rig = await openInsightRig();
  });
  after(() => rig.close());

  /** A tenant of its own, whose project holds this and nothing else. */
  async function scopeWith(...sent: SentTelemetry[]): Promise<Scope> {
    const scope = { tenantId: `tenant-${++lastTenant}`, projectId: "shop" };
    const nowMs = Date.now();
    for (const what of sent) await rig.send(scope, { nowMs, ...what });
    await rig.stored();
    return scope;
  }

  async function tailOf(scope: Scope, query: Partial<TailQuery> = {}): Promise<TailData> {
    const page = await readTail(rig.store.scoped(scope), tailQuery.parse(query));
    for (const item of page.items) tailItem.parse(item);
    return page;
  }

  test("shows spans and logs of all services together, newest first", async () => {
    const scope = await scopeWith(
      {
        service: "web",
        spans: [
          { name: "GET /", agoMs: 40_000, durationMs: 12.5 },
          { name: "query", agoMs: 10_000, kind: 3, isError: true },
        ],
        logs: [{ text: "oldest", agoMs: 50_000, severityNumber: 13 }],
      },
      {
        service: "api",
        logs: [
          { text: "newest", agoMs: 5000, traceId: "ab".repeat(16), spanId: "cd".repeat(8) },
          { text: "between", agoMs: 20_000 },
        ],
      },
    );
    const page = await tailOf(scope);
    assert.deepEqual(
      page.items.map(({ kind, service, text, severity, durationMs }) => [
        kind,
        service,
        text,
        severity,
        durationMs,
      ]),
      [
        ["log", "api", "newest", "info", null],
        ["span", "web", "query", "error", 5],
        ["log", "api", "between", "info", null],
        ["span", "web", "GET /", "info", 12.5],
        ["log", "web", "oldest", "warn", null],
      ],
    );
    const [newest, span] = page.items;
    assert.deepEqual([newest?.traceId, newest?.spanId], ["ab".repeat(16), "cd".repeat(8)]);
    assert.match(span?.traceId ?? "", /^[0-9a-f]{32}$/);
    assert.deepEqual([page.items[2]?.traceId, page.items[2]?.spanId], ["", ""]);
    assert.deepEqual(page.services, ["api", "web"]);
    assert.deepEqual(page.query, { kind: "all" });
  });

  test("shows one kind when one is asked for", async () => {
    const scope = await scopeWith({ spans: [{ name: "a span" }], logs: [{ text: "a line" }] });
    assert.deepEqual(texts(await tailOf(scope, { kind: "span" })), ["a span"]);
    assert.deepEqual(texts(await tailOf(scope, { kind: "log" })), ["a line"]);
    assert.equal((await tailOf(scope)).items.length, 2);
  });

  test("names severities and shows those from the asked one up", async () => {
    const names = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
    // Each name's first and last number, and none; newest first as listed.
    const numbers = [1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 0];
    const scope = await scopeWith({
      logs: numbers.map((severityNumber, index) => ({
        text: String(severityNumber),
        severityNumber,
        agoMs: index * 1000,
      })),
    });
    const all = await tailOf(scope, { kind: "log" });
    assert.deepEqual(
      all.items.map(({ severity }) => severity),
      [...names.flatMap((name) => [name, name]), "unspecified"],
    );
    for (const [index, severity] of names.entries()) {
      const shown = texts(await tailOf(scope, { severity }));
      assert.deepEqual(shown, numbers.slice(index * 2, 12).map(String), severity);
    }
  });

  test("takes the sender's own word where there is no number, as the live lines do", async () => {
    const scope = await scopeWith({
      logs: [
        { text: "1", severityNumber: 0, severityText: "WARNING", agoMs: 1000 },
        { text: "2", severityNumber: 0, severityText: "Notice", agoMs: 2000 },
        { text: "3", severityNumber: 17, severityText: "debug", agoMs: 3000 },
      ],
    });
    const all = await tailOf(scope);
    assert.deepEqual(
      all.items.map(({ severity }) => severity),
      ["warning", "notice", "error"],
    );
    assert.deepEqual(texts(await tailOf(scope, { severity: "warn" })), ["1", "3"]);
    assert.deepEqual(texts(await tailOf(scope, { severity: "error" })), ["3"]);
  });

  test("shows failed spans only when errors are asked for", async () => {
    const scope = await scopeWith({
      spans: [
        { name: "fine", agoMs: 1000 },
        { name: "broken", isError: true },
      ],
    });
    for (const severity of ["trace", "info", "warn"] as const)
      assert.deepEqual(texts(await tailOf(scope, { severity })), ["broken", "fine"], severity);
    for (const severity of ["error", "fatal"] as const)
      assert.deepEqual(texts(await tailOf(scope, { severity })), ["broken"], severity);
  });

  test("finds text in any case, in span names and log lines, and takes it literally", async () => {
    const scope = await scopeWith({
      spans: [
        { name: "GET /Größe", agoMs: 2000 },
        { name: "GET /other", agoMs: 3000 },
      ],
      logs: [
        { text: "the größe is 100% wrong", agoMs: 1000 },
        { text: "nothing to see_here", agoMs: 500 },
      ],
    });
    const both = ["the größe is 100% wrong", "GET /Größe"];
    for (const q of ["größe", "gRÖßE", "GrÖßE"]) assert.deepEqual(texts(await tailOf(scope, { q })), both, q);
    assert.deepEqual(texts(await tailOf(scope, { q: "0%" })), ["the größe is 100% wrong"]);
    assert.deepEqual(texts(await tailOf(scope, { q: "e_h" })), ["nothing to see_here"]);
    for (const q of ["%", "_", ".*", "' OR 1=1 --", "\\"]) {
      const shown = texts(await tailOf(scope, { q }));
      assert.deepEqual(
        shown,
        texts(await tailOf(scope)).filter((text) => text.includes(q)),
        q,
      );
    }
  });

  test("shows one service when one is asked for, and goes on listing the others", async () => {
    const scope = await scopeWith(
      { service: "web", spans: [{ name: "of web" }], logs: [{ text: "web line" }] },
      { service: "website", logs: [{ text: "website line" }] },
      { service: "api", spans: [{ name: "of api" }] },
    );
    const page = await tailOf(scope, { service: "web" });
    assert.deepEqual(texts(page).toSorted(), ["of web", "web line"]);
    assert.deepEqual(page.services, ["api", "web", "website"]);
    assert.deepEqual((await tailOf(scope, { service: "nobody" })).items, []);
  });

  test("combines its filters", async () => {
    const scope = await scopeWith(
      {
        service: "web",
        logs: [
          { text: "Timeout of a", severityNumber: 17 },
          { text: "timeout of b", severityNumber: 9 },
          { text: "refused", severityNumber: 17 },
        ],
        spans: [{ name: "timeout", isError: true }],
      },
      { service: "api", logs: [{ text: "timeout of c", severityNumber: 17 }] },
    );
    const query = { kind: "log", service: "web", severity: "error", q: "TIMEOUT" } as const;
    const page = await tailOf(scope, query);
    assert.deepEqual(texts(page), ["Timeout of a"]);
    assert.deepEqual(page.query, query);
  });

  test("holds the newest two hundred lines of both kinds together", async () => {
    // Turn and turn about, so that either kind alone has enough for a page of its own.
    const scope = await scopeWith({
      logs: range(0, 210).map((index) => ({ text: `log ${index}`, agoMs: index * 200 })),
      spans: range(0, 210).map((index) => ({ name: `span ${index}`, agoMs: index * 200 + 100 })),
    });
    const expected = range(0, 100).flatMap((index) => [`log ${index}`, `span ${index}`]);
    assert.deepEqual(texts(await tailOf(scope)), expected);
    assert.deepEqual(
      texts(await tailOf(scope, { kind: "log" })),
      range(0, 200).map((index) => `log ${index}`),
    );
  });

  test("goes back up to thirty days when the last minutes have too few lines", async () => {
    const ages = [0, 10 * MINUTE_MS, 3 * HOUR_MS, 2 * DAY_MS, 29 * DAY_MS];
    const scope = await scopeWith({
      logs: ages.map((agoMs) => ({ text: `${agoMs} ms ago`, agoMs })),
      spans: [{ name: "a span of last week", agoMs: 7 * DAY_MS }],
    });
    assert.deepEqual(texts(await tailOf(scope)), [
      ...ages.slice(0, 4).map((agoMs) => `${agoMs} ms ago`),
      "a span of last week",
      `${29 * DAY_MS} ms ago`,
    ]);
  });

  test("looks no further back than it has to", async () => {
    const scope = await scopeWith({
      logs: [
        ...range(0, 200).map((index) => ({ text: `recent ${index}`, agoMs: index * 10 })),
        ...range(0, 10).map((index) => ({ text: `old ${index}`, agoMs: 20 * MINUTE_MS + index })),
      ],
    });
    const asked: string[] = [];
    const reader = rig.store.scoped(scope);
    const counting: ScopedReader = {
      scope,
      query: (sql, params, options) => {
        asked.push(options.name);
        return reader.query(sql, params, options);
      },
    };
    const page = await readTail(counting, { kind: "all" });
    assert.equal(page.items.length, 200);
    assert.deepEqual(asked.toSorted(), ["tail.logs", "tail.services", "tail.spans"]);

    asked.length = 0;
    const filtered = await readTail(counting, { kind: "log", q: "old" });
    assert.equal(filtered.items.length, 10);
    assert.equal(asked.filter((name) => name === "tail.logs").length, 4);
    assert.ok(!asked.includes("tail.spans"), "no spans were asked for");
  });

  test("cuts long bodies, so that a page of them stays small", async () => {
    const scope = await scopeWith({ logs: [{ text: `${"ä".repeat(100_000)} needle` }] });
    const page = await tailOf(scope, { q: "needle" });
    assert.deepEqual(texts(page), ["ä".repeat(500)]);
  });

  test("shows nothing of another tenant or project", async () => {
    const { tenantId, projectId } = await scopeWith({
      service: "secret-service",
      spans: [{ name: "secret", isError: true }],
      logs: [{ text: "secret", severityNumber: 21 }],
    });
    for (const scope of [
      { tenantId, projectId: "blog" },
      { tenantId: "stranger", projectId },
    ]) {
      for (const query of [
        {},
        { q: "secret" },
        { service: "secret-service" },
        { severity: "error" },
      ] as const) {
        const page = await tailOf(scope, query);
        assert.deepEqual([page.items, page.services], [[], []], JSON.stringify({ scope, query }));
      }
    }
    assert.equal((await tailOf({ tenantId, projectId })).items.length, 2, "the rows are there");
  });
});
