import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pageOfPath, placeOfPage } from "@throughline/contract";
import type { DecodedBatch, Visitor } from "../../types.ts";
import { IngestRefusal } from "../../types.ts";
import { createDecoder, type Decoder } from "../decoder.ts";
import { createGuard, GUARD_LIMITS } from "../guard.ts";
import { DECODE_LIMITS } from "../limits.ts";
import { openNativeReader, type NativeReader, type Row } from "../testing/nativeRows.ts";
import { NOW_MS, SENDER } from "../testing/requests.ts";
import { VitalMemory } from "./vitalMemory.ts";

let engine: NativeReader;
before(() => {
  engine = openNativeReader();
});
after(() => engine.close());

const VISITOR: Visitor = { origin: "https://shop.example", country: "DE", deviceType: "mobile" };
const TRACE = "0af7651916cd43dd8448eb211c80319c";

function decode(signal: "web_vitals" | "events", body: unknown, decoder: Decoder = createDecoder()) {
  const request = {
    signal,
    encoding: "json",
    compression: "identity",
    sender: SENDER,
    body: Buffer.from(JSON.stringify(body)),
    receivedAtMs: NOW_MS,
    visitor: VISITOR,
  } as const;
  return decoder.decode(request, { tail: false });
}

type BrowserTable = "web_vitals" | "page_views" | "browser_events" | "resource_origins" | "exceptions";
const rowsOf = (batch: DecodedBatch, table: BrowserTable): Row[] =>
  engine.rows(
    table,
    batch.tables.filter((each) => each.table === table),
  );

describe("pages", () => {
  it("are paths without what belongs to one visit", () => {
    for (const [path, page] of [
      ["/", "/"],
      ["/inventory/2024-honda-accord", "/inventory/:id"],
      ["/orders/4711/items/9/", "/orders/:id/items/:id"],
      ["/u/0b5c3f0e-8a0f-4e0e-9d0e-1c2d3e4f5a6b", "/u/:id"],
      ["/c/deadbeef01", "/c/:id"],
      ["/p/accord-20241", "/p/:id"],
      ["/docs/oauth2/getting-started", "/docs/oauth2/getting-started"],
      [`/${"a".repeat(81)}`, "/:id"],
      ["/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "/a/b/c/d/e/f/g/h/i/j/k/l/…"],
    ] as const) {
      assert.equal(pageOfPath(path), page, path);
      assert.equal(pageOfPath(page), page, "what is grouped stays as it is");
    }
  });

  it("keep their site apart, and have no query and no fragment", () => {
    assert.deepEqual(
      placeOfPage("https://user:secret@Shop.example:8443/a?token=1#x", "https://else.example"),
      {
        origin: "https://shop.example:8443",
        path: "/a",
        page: "/a",
      },
    );
    assert.deepEqual(placeOfPage("/a?token=1#x", "https://else.example"), {
      origin: "https://else.example",
      path: "/a",
      page: "/a",
    });
    for (const address of ["", "a", "//evil.example/a", "javascript:alert(1)", "data:text/html,x", "http://"])
      assert.equal(placeOfPage(address, ""), null, address);
  });
});

describe("web vitals", () => {
  const vital = (more: object) => ({
    name: "CLS",
    id: "v6-1",
    value: 0.1,
    pageUrl: "/a",
    timestamp: NOW_MS,
    ...more,
  });

  it("become rows with their visit, what the request says standing in for what the body leaves out", () => {
    const batch = decode("web_vitals", [
      vital({ traceId: TRACE, attribution: { largestShiftTarget: "a>b", largestShiftValue: 0.05 } }),
      vital({ id: "v6-2", deviceType: "desktop", pageUrl: "https://blog.example/b?x=1", release: "1.0" }),
    ]);
    const [first, second] = rowsOf(batch, "web_vitals");
    const { origin, page, device_type, country, trace_id, sign, value, time, attribution } = first ?? {};
    assert.deepEqual(
      { origin, page, device_type, country, trace_id, sign, value, time, attribution },
      {
        origin: VISITOR.origin,
        page: "/a",
        device_type: "mobile",
        country: "DE",
        trace_id: TRACE,
        sign: 1,
        value: 0.1,
        time: String(NOW_MS * 1e6),
        attribution: [
          ["largestShiftTarget", "a>b"],
          ["largestShiftValue", "0.05"],
        ],
      },
    );
    assert.deepEqual(
      [
        second?.["origin"],
        second?.["path"],
        second?.["device_type"],
        second?.["release"],
        second?.["trace_id"],
      ],
      ["https://blog.example", "/b", "desktop", "1.0", "0".repeat(32)],
    );
  });

  it("count with their last value in whichever order all of their reports come", () => {
    const reports = [0.1, 0.4, 0.3, 0.3, 0.2].map((value, index) =>
      vital({
        value,
        timestamp: NOW_MS - 10_000 + [0, 1, 3, 3, 2][index]! * 1000,
        pageUrl: `/${"abcde"[index]}`,
      }),
    );
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
      [1, 2, 0, 3, 4],
    ]) {
      const decoder = createDecoder();
      const rows = order.flatMap((index) =>
        rowsOf(decode("web_vitals", [reports[index]], decoder), "web_vitals"),
      );
      const counts = new Map<string, number>();
      for (const row of rows) {
        const key = String(row["value"]);
        counts.set(key, (counts.get(key) ?? 0) + Number(row["sign"]));
      }
      assert.deepEqual(
        [...counts].filter(([, count]) => count !== 0),
        [["0.3", 1]],
        order.join(),
      );
      // What was taken back had counted for that very page.
      const pages = new Map<string, number>();
      for (const row of rows)
        pages.set(String(row["page"]), (pages.get(String(row["page"])) ?? 0) + Number(row["sign"]));
      assert.deepEqual(
        [...pages.values()].filter((count) => count !== 0),
        [1],
        order.join(),
      );
      assert.equal(
        rows.filter((row) => Number(row["sign"]) >= 0).length,
        reports.length,
        "what the ledger counts",
      );
    }
  });

  it("replace what counted before a restart", () => {
    const decoder = createDecoder();
    const keys = {
      page: "/old",
      navigationType: "navigate",
      deviceType: "",
      connectionType: "",
      country: "",
    };
    decoder.vitals.seed([
      {
        tenantId: SENDER.tenantId,
        projectId: SENDER.projectId,
        metric: "CLS",
        id: "v6-1",
        timeMs: NOW_MS - 1000,
        value: 0.05,
        keys: { ...keys, release: "", environment: "" },
      },
    ]);
    const rows = rowsOf(decode("web_vitals", [vital({})], decoder), "web_vitals");
    assert.deepEqual(
      rows.map((row) => [row["sign"], row["value"], row["page"]]),
      [
        [-1, 0.05, "/old"],
        [1, 0.1, "/a"],
      ],
    );
  });

  it("of another tenant or project are other vitals", () => {
    const memory = new VitalMemory();
    const keys = {
      page: "/",
      navigationType: "",
      deviceType: "",
      connectionType: "",
      country: "",
      release: "",
      environment: "",
    };
    const counted = { timeMs: 1, value: 1, keys };
    for (const [tenantId, projectId, metric] of [
      ["a", "x", "LCP"],
      ["b", "x", "LCP"],
      ["a", "y", "LCP"],
      ["a", "x", "INP"],
    ] as const)
      assert.deepEqual(memory.take({ tenantId, projectId, metric, id: "1" }, counted), {
        counts: true,
        replaced: null,
      });
    assert.deepEqual(memory.take({ tenantId: "a", projectId: "x", metric: "LCP", id: "1" }, counted), {
      counts: false,
    });
  });

  it("are remembered within a bound, the newest longest", () => {
    const memory = new VitalMemory(10);
    const keys = {
      page: "/",
      navigationType: "",
      deviceType: "",
      connectionType: "",
      country: "",
      release: "",
      environment: "",
    };
    const take = (id: number) =>
      memory.take(
        { tenantId: "a", projectId: "x", metric: "LCP", id: String(id) },
        { timeMs: 1, value: 1, keys },
      ).counts;
    for (let id = 0; id < 30; id += 1) assert.equal(take(id), true);
    assert.equal(take(29), false);
    assert.equal(take(0), true);
  });

  it("of more pages than there is room for share one", () => {
    const decoder = createDecoder(DECODE_LIMITS, createGuard({ ...GUARD_LIMITS, pagesPerProject: 2 }));
    const batch = decode(
      "web_vitals",
      ["/a", "/b", "/c", "/a"].map((pageUrl, index) => vital({ pageUrl, id: `v6-${index}` })),
      decoder,
    );
    assert.deepEqual(
      rowsOf(batch, "web_vitals").map((row) => [row["page"], row["path"]]),
      [
        ["/a", "/a"],
        ["/b", "/b"],
        ["(other)", "/c"],
        ["/a", "/a"],
      ],
    );
    assert.equal(batch.overflowed, 1);
  });

  it("of a million addresses are a thousand pages and one more, and none is lost", () => {
    const guard = createGuard();
    const decoder = createDecoder(DECODE_LIMITS, guard);
    const addresses = 1_000_000;
    const letters = (index: number): string =>
      String(index).replaceAll(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "");
    const decodeFrom = (from: number) =>
      decode(
        "web_vitals",
        Array.from({ length: 100 }, (_, index) =>
          vital({ id: `v6-${from + index}`, pageUrl: `/words/${letters(from + index)}` }),
        ),
        decoder,
      );
    const pagesOf = (batch: DecodedBatch) =>
      new Set(rowsOf(batch, "web_vitals").map((row) => row["page"] as string));
    const first = decodeFrom(0);
    let [accepted, overflowed] = [first.accepted, first.overflowed];
    for (let from = 100; from < addresses; from += 100) {
      const batch = decodeFrom(from);
      accepted += batch.accepted;
      overflowed += batch.overflowed;
    }
    assert.equal(accepted, addresses);
    assert.equal(overflowed, addresses - GUARD_LIMITS.pagesPerProject);
    assert.deepEqual([pagesOf(first).size, pagesOf(first).has("/words/a")], [100, true]);
    assert.deepEqual(pagesOf(decodeFrom(addresses)), new Set(["(other)"]));
    assert.deepEqual(
      rowsOf(decodeFrom(0), "web_vitals").map((row) => row["page"]),
      rowsOf(first, "web_vitals").map((row) => row["page"]),
      "the first ones stay apart",
    );
    assert.ok(guard.values <= GUARD_LIMITS.pagesPerProject + 1, `${guard.values} kept`);
  });
});

describe("events", () => {
  const visit = {
    sessionId: "session-1",
    pageViewId: "view-0001",
    pageUrl: "/cart",
    release: "2.0",
    traceId: TRACE,
  };

  it("become rows of their tables", () => {
    const batch = decode("events", {
      ...visit,
      items: [
        {
          type: "page_view",
          timeMs: NOW_MS,
          navigationType: "navigate",
          title: "Cart",
          referrer: "https://a.example/?q=me",
          loadDurationMs: 812.5,
        },
        {
          type: "resources",
          timeMs: NOW_MS,
          origins: [
            {
              origin: "https://cdn.example",
              isThirdParty: true,
              count: 7,
              transferSizeBytes: 6e9,
              durationMs: 90,
              scriptCount: 2,
            },
          ],
          longest: [
            {
              url: "https://cdn.example/a.js?v=secret",
              initiatorType: "script",
              startMs: 1,
              durationMs: 80,
              transferSizeBytes: null,
            },
          ],
        },
        {
          type: "error",
          timeMs: NOW_MS,
          name: "TypeError",
          message: "x is undefined",
          stack: "TypeError: x\n    at f (https://shop.example/a-1b2c3d4e.js:1:2)",
          isHandled: false,
        },
        {
          type: "request",
          timeMs: NOW_MS,
          durationMs: 30,
          traceId: "f".repeat(32),
          spanId: "e".repeat(16),
          method: "GET",
          url: "/api/orders/4711?x=1",
          statusCode: 200,
        },
        {
          type: "long_animation_frame",
          timeMs: NOW_MS,
          durationMs: 200,
          blockingDurationMs: 150,
          scripts: [],
        },
        { type: "event", timeMs: NOW_MS, name: "order", attributes: { value: 12.5, isGift: true } },
        { type: "event", timeMs: NOW_MS, name: "NOT A NAME" },
        { type: "unheard_of", timeMs: NOW_MS },
      ],
    });
    assert.equal(batch.accepted, 6);
    assert.deepEqual(batch.refused, { invalid: 2 });
    assert.deepEqual(
      batch.browser?.refused.map(({ index }) => index),
      [6, 7],
    );
    const [view] = rowsOf(batch, "page_views");
    assert.deepEqual(
      [
        view?.["page"],
        view?.["title"],
        view?.["referrer"],
        view?.["load_duration_ms"],
        view?.["session_id"],
        view?.["country"],
      ],
      ["/cart", "Cart", "https://a.example/", 812.5, "session-1", "DE"],
    );
    const [weight] = rowsOf(batch, "resource_origins");
    assert.deepEqual(
      [
        weight?.["resource_origin"],
        weight?.["is_third_party"],
        weight?.["resources"],
        weight?.["transfer_bytes"],
      ],
      ["https://cdn.example", 1, 7, "6000000000"],
    );
    const events = rowsOf(batch, "browser_events");
    assert.deepEqual(
      events.map((row) => [row["type"], row["name"]]),
      [
        ["resources", ""],
        ["request", "GET https://shop.example/api/orders/:id"],
        ["long_animation_frame", ""],
        ["event", "order"],
      ],
    );
    assert.doesNotMatch(JSON.stringify(events), /secret|x=1/);
    assert.deepEqual([events[1]?.["trace_id"], events[1]?.["span_id"]], ["f".repeat(32), "e".repeat(16)]);
    assert.deepEqual([events[3]?.["trace_id"], events[3]?.["span_id"]], [TRACE, "0".repeat(16)]);
    assert.deepEqual(events[3]?.["attributes"], [
      ["value", "12.5"],
      ["isGift", "true"],
    ]);
    const [error] = rowsOf(batch, "exceptions");
    assert.deepEqual(
      [
        error?.["source"],
        error?.["service"],
        error?.["type"],
        error?.["route"],
        error?.["escaped"],
        error?.["service_version"],
      ],
      ["browser", "browser", "TypeError", "/cart", 1, "2.0"],
    );
    assert.equal(error?.["time"], String(NOW_MS * 1e6));
  });

  it("leave nothing of one request in the next", () => {
    const decoder = createDecoder();
    const item = {
      type: "request",
      timeMs: NOW_MS,
      durationMs: 1,
      traceId: TRACE,
      spanId: "e".repeat(16),
      method: "GET",
      url: "/",
      statusCode: 200,
    };
    decode("events", { ...visit, items: [item] }, decoder);
    const batch = decode(
      "events",
      { pageUrl: "/", items: [{ type: "event", timeMs: NOW_MS, name: "a" }] },
      decoder,
    );
    const [row] = rowsOf(batch, "browser_events");
    assert.deepEqual(
      [row?.["trace_id"], row?.["span_id"], row?.["session_id"]],
      ["0".repeat(32), "0".repeat(16), ""],
    );
  });

  it("without a page or items are refused whole", () => {
    for (const body of [
      null,
      [],
      {},
      { pageUrl: "/" },
      { pageUrl: "/", items: [] },
      { pageUrl: "mailto:a", items: [{}] },
      { ...visit, sessionId: "<", items: [{}] },
    ])
      assert.throws(
        () => decode("events", body),
        (error) => error instanceof IngestRefusal && error.kind === "malformed",
        JSON.stringify(body),
      );
  });
});
