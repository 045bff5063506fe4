import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { TelemetryError, type LoadFile } from "../../engines/telemetry/store.ts";
import { openJournal, type Journal } from "../journal/journal.ts";
import type { JournalBatch } from "../journal/segment.ts";
import { receiptsOf } from "../receipts.ts";
import type { StoredNotice } from "../types.ts";
import { Loader } from "./loader.ts";

const log = { info() {}, warn() {}, error() {} };

interface Rig {
  readonly folder: string;
  readonly journal: Journal;
  readonly loader: Loader;
  readonly loads: LoadFile[];
  readonly contents: string[];
  readonly notices: StoredNotice[];
  stop(): Promise<void>;
}

/** Journal and loader over a store whose load() fails as told and otherwise remembers what it was given. */
async function openRig(
  t: TestContext,
  options: { dataDir?: string; fail?: (file: LoadFile, attempt: number) => Error | null } = {},
): Promise<Rig> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "loader-")));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const folder = join(dataDir, "journal");
  const loads: LoadFile[] = [];
  const contents: string[] = [];
  const notices: StoredNotice[] = [];
  const attempts = new Map<string, number>();
  const journal = await openJournal({
    folder,
    segmentRowsMax: 1e6,
    segmentBytesMax: 1e9,
    log,
    onWork: () => loader.poke(),
  });
  const loader = new Loader({
    folder,
    journal,
    log,
    sealAfterMs: () => 5,
    onStored: (segment) => notices.push(...segment.notices),
    store: {
      async load(file) {
        const attempt = (attempts.get(file.dedupToken) ?? 0) + 1;
        attempts.set(file.dedupToken, attempt);
        const error = options.fail?.(file, attempt) ?? null;
        if (error !== null) throw error;
        contents.push(await readFile(file.path, "latin1"));
        loads.push(file);
      },
    },
  });
  loader.start();
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopped ??= loader.stop(performance.now() + 5000).then(() => journal.close());
    return stopped;
  };
  t.after(() => stop());
  return { folder, journal, loader, loads, contents, notices, stop };
}

function batchOf(content: string): JournalBatch {
  const sender = { tenantId: "t", projectId: "p", keyId: "k" };
  return {
    tables: [
      { table: "spans", rows: 2, native: Buffer.from(content) },
      { table: "exceptions", rows: 1, native: Buffer.from(`e-${content}`) },
    ],
    receipts: receiptsOf(sender, "traces", 60_000, 10, 2, {}),
    notice: {
      tenantId: "t",
      projectId: "p",
      rowsByTable: { spans: 2, exceptions: 1 },
      services: ["shop"],
      newestTimeMs: 5,
      oldestReceivedAtMs: 60_000,
    },
  };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) assert.fail(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a segment is loaded with all its tables and receipts, then announced and deleted", async (t) => {
  const rig = await openRig(t);
  await Promise.all([rig.journal.append(batchOf("one")), rig.journal.append(batchOf("two"))]);
  await until("both are stored", () => rig.notices.length > 0 && rig.journal.segments === 0);
  const tables = rig.loads.map((file) => file.table);
  assert.ok(tables.includes("ingest_receipts"));
  assert.ok(rig.contents.join("|").includes("one") && rig.contents.join("|").includes("two"));
  assert.equal(new Set(rig.loads.map((file) => file.dedupToken)).size, rig.loads.length);
  assert.equal(rig.journal.sizeBytes, 0);
  assert.equal(rig.journal.oldestReceivedAtMs, null);
  await rig.stop();
  assert.deepEqual(await readdir(rig.folder), ["quarantine"]);
});

test("an engine that is away, full or slow is tried again until it takes the segment, with the same tokens", async (t) => {
  const seen: string[] = [];
  const codes = ["unavailable", "disk_full", "timeout"] as const;
  const rig = await openRig(t, {
    fail: (file, attempt) => {
      seen.push(file.dedupToken);
      const code = file.table === "spans" ? codes[attempt - 1] : undefined;
      return code === undefined ? null : new TelemetryError(code, `engine says ${code}`);
    },
  });
  await rig.journal.append(batchOf("one"));
  await until("the error shows", () => rig.loader.lastError === "engine says unavailable");
  assert.notEqual(rig.journal.oldestReceivedAtMs, null);
  await until("it is stored", () => rig.notices.length === 1);
  assert.equal(rig.loader.lastError, null);
  assert.equal(new Set(seen).size, 3, "spans, exceptions and receipts keep one token each");
  assert.equal(rig.journal.quarantinedSegments, 0);
});

test("a segment the engine refuses five times goes to quarantine and does not block the next one", async (t) => {
  const rig = await openRig(t, {
    fail: (file) =>
      file.path.includes("00000001.spans") ? new TelemetryError("statement", "bad block") : null,
  });
  await rig.journal.append(batchOf("bad"));
  await until("it is sealed", () => rig.journal.firstSealed !== null);
  await rig.journal.append(batchOf("good"));
  await until("the next one is stored", () => rig.notices.length === 1);
  assert.equal(rig.journal.quarantinedSegments, 1);
  assert.ok(rig.contents.includes("good"));
  assert.deepEqual((await readdir(join(rig.folder, "quarantine"))).sort(), [
    "00000001.commit",
    "00000001.exceptions.native",
    "00000001.spans.native",
  ]);
  assert.equal(await readFile(join(rig.folder, "quarantine", "00000001.spans.native"), "utf8"), "bad");
});

test("what was not loaded before a stop is loaded after the next start, under the tokens it had", async (t) => {
  const tokens: string[] = [];
  const first = await openRig(t, {
    fail: (file) => {
      tokens.push(file.dedupToken);
      return file.table === "spans" ? new TelemetryError("unavailable", "away") : null;
    },
  });
  await first.journal.append(batchOf("kept"));
  await until("a load was tried", () => first.loader.lastError !== null);
  await first.stop();
  const second = await openRig(t, { dataDir: join(first.folder, "..") });
  await until("it is stored", () => second.notices.length === 1);
  assert.ok(second.contents.includes("kept"));
  for (const token of tokens)
    assert.ok(
      second.loads.some((file) => file.dedupToken === token),
      token,
    );
});
