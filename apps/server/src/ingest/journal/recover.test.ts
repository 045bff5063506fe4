import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";
import { receiptsOf } from "../receipts.ts";
import { commitPath, dataPath } from "./folder.ts";
import { openJournal } from "./journal.ts";
import { recoverJournal } from "./recover.ts";
import type { JournalBatch, SealedSegment } from "./segment.ts";

const log = { info() {}, warn() {}, error() {} };
const SENDER = { tenantId: "t", projectId: "p", keyId: "k" };
const GROUPS = 4;
let pristine = "";
let work = "";
let recoveries = 0;
/** Rows per table after each committed group: what a recovery may come back with. */
const prefixes: string[] = [];

before(async () => {
  pristine = await mkdtemp(join(tmpdir(), "journal-pristine-"));
  work = await mkdtemp(join(tmpdir(), "journal-damaged-"));
  const journal = await openJournal({
    folder: join(pristine, "journal"),
    segmentRowsMax: 1e9,
    segmentBytesMax: 1e9,
    log,
    onWork() {},
  });
  const totals = { spans: 0, logs: 0 };
  for (let group = 1; group <= GROUPS; group += 1) {
    totals.spans += group;
    totals.logs += group % 2;
    await journal.append(batchOf(group));
    prefixes.push(JSON.stringify(totals));
  }
  await journal.close();
});

after(async () => {
  await rm(pristine, { recursive: true, force: true });
  await rm(work, { recursive: true, force: true });
});

function batchOf(group: number): JournalBatch {
  const tables = [
    { table: "spans" as const, rows: group, native: Buffer.alloc(group * 10, `s${group}`) },
    ...(group % 2 === 1 ? [{ table: "logs" as const, rows: 1, native: Buffer.alloc(7, `l${group}`) }] : []),
  ];
  return {
    tables,
    receipts: receiptsOf(SENDER, "traces", 120_000, 99, group, { expired_time: 1 }),
    notice: {
      tenantId: "t",
      projectId: "p",
      rowsByTable: { spans: group, logs: group % 2 },
      services: [`service-${group}`],
      newestTimeMs: group,
      oldestReceivedAtMs: 1000 + group,
    },
  };
}

/** Restores the pristine folder, lets `damage` at it, and returns what recovery makes of it. */
async function recovered(damage: (folder: string) => Promise<void>): Promise<SealedSegment | undefined> {
  const folder = join(work, "journal");
  await cp(join(pristine, "journal"), folder, { recursive: true, force: true });
  await damage(folder);
  const first = await recoverJournal(folder, log);
  recoveries += 1;
  if (recoveries % 8 === 0) {
    const again = await recoverJournal(folder, log);
    assert.deepEqual(again.segments, first.segments, "a second recovery finds what the first left");
  }
  for (const segment of first.segments) {
    for (const [table, { sizeBytes }] of segment.tables) {
      const { size } = await stat(dataPath(folder, segment.number, table));
      assert.equal(size, sizeBytes, `${table} is cut at its committed length`);
      const expected = await readFile(dataPath(join(pristine, "journal"), segment.number, table));
      const found = await readFile(dataPath(folder, segment.number, table));
      assert.ok(found.equals(expected.subarray(0, sizeBytes)), `${table} holds the acknowledged bytes`);
    }
  }
  return first.segments[0];
}

function assertPrefix(segment: SealedSegment | undefined, what: string): number {
  if (segment === undefined) return 0;
  const rows = (table: TelemetryTable): number => segment.tables.get(table)?.rows ?? 0;
  const index = prefixes.indexOf(JSON.stringify({ spans: rows("spans"), logs: rows("logs") }));
  assert.ok(index >= 0, `${what}: the tables are not a committed prefix`);
  const accepted = segment.receipts.find((receipt) => receipt.reason === "")?.items;
  assert.equal(accepted, rows("spans"), `${what}: the receipts speak of the same groups as the rows`);
  return index + 1;
}

test("an intact segment comes back whole, with its token, receipts and notices", async () => {
  const segment = await recovered(async () => {});
  assert.equal(assertPrefix(segment, "intact"), GROUPS);
  assert.match(segment?.token ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    segment?.receipts.map(({ reason, items, requests }) => ({ reason, items, requests })),
    [
      { reason: "", items: 10, requests: GROUPS },
      { reason: "expired_time", items: GROUPS, requests: 0 },
    ],
  );
  assert.equal(segment?.notices[0]?.services.length, GROUPS);
  assert.equal(segment?.oldestReceivedAtMs, 1001);
});

test("a commit log cut at any byte comes back as a committed prefix, never longer than what is left", async () => {
  const { size } = await stat(commitPath(join(pristine, "journal"), 1));
  let longest = 0;
  for (let length = 0; length <= size; length += 1) {
    const segment = await recovered((folder) => truncate(commitPath(folder, 1), length));
    const groups = assertPrefix(segment, `log cut at ${length}`);
    assert.ok(groups >= longest, `log cut at ${length}: a longer log never recovers less`);
    longest = groups;
  }
  assert.equal(longest, GROUPS);
});

test("a bit flipped at any byte of the commit log ends it there", async () => {
  const bytes = await readFile(commitPath(join(pristine, "journal"), 1));
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    const segment = await recovered((folder) => writeFile(commitPath(folder, 1), damaged));
    assert.ok(assertPrefix(segment, `log flipped at ${at}`) < GROUPS, `flip at ${at} went unnoticed`);
  }
});

for (const table of ["spans", "logs"] as const) {
  test(`${table} data cut or flipped at any byte takes its group, and all behind it, out of every table`, async () => {
    const path = (folder: string): string => dataPath(folder, 1, table);
    const bytes = await readFile(path(join(pristine, "journal")));
    for (let at = 0; at < bytes.length; at += 1) {
      const cut = await recovered((folder) => truncate(path(folder), at));
      assert.ok(assertPrefix(cut, `${table} cut at ${at}`) < GROUPS);
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      const flipped = await recovered((folder) => writeFile(path(folder), damaged));
      assert.ok(assertPrefix(flipped, `${table} flipped at ${at}`) < GROUPS, `flip at ${at} went unnoticed`);
    }
  });
}

test("bytes behind the last commit are cut off, in the log and in the data", async () => {
  const segment = await recovered(async (folder) => {
    await writeFile(commitPath(folder, 1), Buffer.alloc(50, 0xff), { flag: "a" });
    await writeFile(dataPath(folder, 1, "spans"), Buffer.alloc(50, 0xff), { flag: "a" });
    await writeFile(dataPath(folder, 1, "metric_points"), Buffer.alloc(50, 0xff));
  });
  assert.equal(assertPrefix(segment, "longer files"), GROUPS);
});

test("data files without a commit log are removed, other files are left alone", async () => {
  const segment = await recovered(async (folder) => {
    await rm(commitPath(folder, 1));
    await writeFile(join(folder, "notes.txt"), "by hand");
  });
  assert.equal(segment, undefined);
  await assert.rejects(stat(dataPath(join(work, "journal"), 1, "spans")), { code: "ENOENT" });
  assert.equal(await readFile(join(work, "journal", "notes.txt"), "utf8"), "by hand");
});
