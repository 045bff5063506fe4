import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { TelemetryError } from "../engines/telemetry/store.ts";
import { encodeReceipts } from "./receipts.ts";
import { openTestIngest, requestOf, SENDER, takeAll, until } from "./testRig.ts";
import { IngestRefusal, type StoredNotice, type TailItem } from "./types.ts";

const isRefused =
  (kind: string) =>
  (error: unknown): boolean =>
    error instanceof IngestRefusal && error.kind === kind && error.message.length > 10;

test("the receipts that are stored say what each sender was told, by reason and minute of arrival", async (t) => {
  const receipts: Buffer[] = [];
  const rig = await openTestIngest(t, {
    load: async (file) => {
      if (file.table === "ingest_receipts") receipts.push(await readFile(file.path));
    },
    decode: (request) => {
      const body = Buffer.from(request.body).toString();
      if (body === "bad") throw new IngestRefusal("malformed", "not OTLP at all");
      return { ...takeAll(request), accepted: 5, refused: body === "late" ? { expired_time: 2 } : {} };
    },
    limits: { sealAfterMsUnwatched: 200 },
  });
  const nowMs = Date.now();
  const minuteMs = nowMs - (nowMs % 60_000);
  await rig.ingest.accept(requestOf("fine", minuteMs));
  await rig.ingest.accept(requestOf("late", minuteMs + 1));
  await assert.rejects(rig.ingest.accept(requestOf("bad")), isRefused("malformed"));
  // At once: waiting could take it into the next minute.
  const refusedMinuteMs = minuteMs + (Date.now() - minuteMs >= 60_000 ? 60_000 : 0);
  await until(
    "the receipts are stored",
    () => receipts.length > 0 && rig.ingest.status().journalSegments === 0,
  );
  const base = { ...SENDER, signal: "traces" as const };
  assert.deepEqual(
    Buffer.concat(receipts),
    encodeReceipts([
      { ...base, reason: "", minuteMs, items: 10, requests: 2, wireBytes: 8 },
      { ...base, reason: "expired_time", minuteMs, items: 2, requests: 0, wireBytes: 0 },
      { ...base, reason: "malformed", minuteMs: refusedMinuteMs, items: 0, requests: 1, wireBytes: 3 },
    ]),
  );
  const { acceptedTotal, refusedTotal } = rig.ingest.status();
  assert.equal(acceptedTotal.traces, 10);
  assert.deepEqual(refusedTotal, { expired_time: 2, malformed: 1 });
});

test("a request without rows is answered at once and still counted", async (t) => {
  const rig = await openTestIngest(t, {
    decode: (request) => ({ ...takeAll(request), tables: [], accepted: 0, refused: { invalid_id: 1 } }),
  });
  const answer = await rig.ingest.accept(requestOf("x"));
  assert.deepEqual(answer, { accepted: 0, refusedCount: 1, refusalMessage: "" });
  await until("its receipt is stored", () => rig.loads.some((file) => file.table === "ingest_receipts"));
  assert.ok(!rig.loads.some((file) => file.table === "spans"));
});

test("who listens is told once rows are readable, per project, with what came", async (t) => {
  const rig = await openTestIngest(t, { limits: { sealAfterMsUnwatched: 100 } });
  const notices: StoredNotice[] = [];
  const stop = rig.ingest.onStored((notice) => notices.push(notice));
  const other = { ...requestOf("z"), sender: { ...SENDER, projectId: "other" } };
  await Promise.all([rig.ingest.accept(requestOf("x", 1000)), rig.ingest.accept(requestOf("y", 2000))]);
  await rig.ingest.accept(other);
  await until("both projects were told", () => new Set(notices.map((n) => n.projectId)).size === 2);
  const rows = notices.filter((n) => n.projectId === "project").map((n) => n.rowsByTable.spans ?? 0);
  assert.equal(
    rows.reduce((sum, count) => sum + count, 0),
    2,
  );
  assert.equal(Math.min(...notices.map((n) => n.oldestReceivedAtMs)), 1000);
  stop();
  const told = notices.length;
  await rig.ingest.accept(requestOf("x"));
  await until("it is stored", () => rig.ingest.status().journalSegments === 0);
  assert.equal(notices.length, told);
});

test("tail items are made only while somebody follows that project", async (t) => {
  const item: TailItem = {
    kind: "span",
    timeMs: 1,
    service: "shop",
    text: "GET /",
    severity: "",
    durationMs: 1,
    traceId: "",
    spanId: "",
  };
  const rig = await openTestIngest(t, { decode: (request) => ({ ...takeAll(request), tail: [item] }) });
  const seen: TailItem[] = [];
  await rig.ingest.accept(requestOf("x"));
  const stop = rig.ingest.onTail("tenant", "project", (items) => seen.push(...items));
  await rig.ingest.accept(requestOf("x"));
  await rig.ingest.accept({ ...requestOf("x"), sender: { ...SENDER, tenantId: "stranger" } });
  stop();
  await rig.ingest.accept(requestOf("x"));
  assert.deepEqual(rig.tails, [false, true, false, false]);
  assert.deepEqual(seen, [item]);
});

test("an engine that takes nothing is noticed: degraded, then stopped, with the age of the oldest row", async (t) => {
  const rig = await openTestIngest(t, {
    load: async () => {
      if (isAway) throw new TelemetryError("unavailable", "the engine is away");
    },
    limits: { degradedAfterMs: 100, stoppedAfterMs: 400 },
  });
  let isAway = true;
  assert.equal(rig.ingest.status().state, "running");
  await rig.ingest.accept(requestOf("x"));
  await until("it is degraded", () => rig.ingest.status().state === "degraded");
  await until("it is stopped", () => rig.ingest.status().state === "stopped");
  const status = rig.ingest.status();
  assert.equal(status.lastLoadError, "the engine is away");
  assert.ok((status.oldestUnstoredAgeMs ?? 0) >= 400);
  isAway = false;
  await until("it runs again", () => rig.ingest.status().state === "running");
  assert.equal(rig.ingest.status().oldestUnstoredAgeMs, null);
  assert.ok((rig.ingest.status().lastStoredAtMs ?? 0) > 0);
});

test("close answers what is under way, stores it, refuses what comes later and leaves an empty journal", async (t) => {
  const gate = Promise.withResolvers<void>();
  const rig = await openTestIngest(t, {
    decode: async (request) => {
      await gate.promise;
      return takeAll(request);
    },
    limits: { sealAfterMsUnwatched: 60_000 },
  });
  const underWay = rig.ingest.accept(requestOf("x"));
  const closed = rig.ingest.close({ drainMs: 5000 });
  await assert.rejects(rig.ingest.accept(requestOf("late")), isRefused("shutting_down"));
  gate.resolve();
  assert.equal((await underWay).accepted, 1);
  await closed;
  assert.deepEqual(await readdir(rig.folder), ["quarantine"]);
  assert.equal(rig.loads.filter((file) => file.table === "spans").length, 1);
  assert.equal(rig.ingest.status().state, "stopped");
});

test("close keeps in the journal what the engine does not take in time", async (t) => {
  const rig = await openTestIngest(t, {
    load: async () => {
      throw new TelemetryError("unavailable", "away");
    },
  });
  await rig.ingest.accept(requestOf("kept"));
  await rig.ingest.close({ drainMs: 200 });
  const files = await readdir(rig.folder);
  assert.ok(files.includes("00000001.spans.native") && files.includes("00000001.commit"), String(files));
});
