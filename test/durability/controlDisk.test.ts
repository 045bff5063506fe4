/** The embedded control store on a disk that fills up: clear refusals, nothing acknowledged lost, recovers by itself. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ControlError, openControlStore } from "../../apps/server/src/engines/control/index.ts";
import { copyEmptyCluster } from "../harness/controlStore.ts";

const DISK_MIB = 90;
/** Left for tables, but less than the 16 MiB of a new log file: the log is what runs out of room. */
const ROOM_FOR_TABLES_BYTES = 12e6;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "throughline-full-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", folder], { stdio: "pipe" });
});
after(() => {
  execFileSync("umount", ["-l", folder]);
  rmSync(folder, { recursive: true, force: true });
});

function fillDisk(ballast: string): void {
  const file = openSync(ballast, "a");
  const block = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "ENOSPC", String(error));
  } finally {
    closeSync(file);
  }
  truncateSync(ballast, statSync(ballast).size - ROOM_FOR_TABLES_BYTES);
}

test("a full disk refuses writes with a reason and loses nothing that was acknowledged", async () => {
  await copyEmptyCluster(join(folder, "control"));
  const store = await openControlStore({ dataDir: folder });
  const ballast = join(folder, "ballast");
  try {
    await store.query("create table written (n int primary key, padding text)");
    fillDisk(ballast);
    const acknowledged: number[] = [];
    const refusals: ControlError[] = [];
    for (let n = 1; refusals.length < 5; n++) {
      assert.ok(n < 5_000, "the disk never filled up");
      try {
        await store.query(
          `insert into written
           select $1::int, string_agg(md5(random()::text), '') from generate_series(1, 1000)`,
          [n],
        );
        acknowledged.push(n);
      } catch (error) {
        assert.ok(error instanceof ControlError, String(error));
        refusals.push(error);
      }
    }
    assert.ok(acknowledged.length > 10, `only ${acknowledged.length} rows fitted`);
    assert.equal(refusals[0]?.sqlState, "53100", refusals[0]?.message ?? "");
    assert.match(refusals[0]?.message ?? "", /No space left on device/);
    assert.ok(!refusals.some((error) => error.sqlState === "57014"), "a dead engine was waited for");
    const health = await store.health();
    assert.equal(health.ok, false);
    assert.match(health.message ?? "", /disk is full: it starts again when there is room/);

    rmSync(ballast);
    await store.query("insert into written values (1000000, 'after')");
    const kept = await store.query<{ n: number }>("select n from written where n < 1000000 order by n");
    const keptNumbers = new Set(kept.map((row) => row.n));
    assert.deepEqual(
      acknowledged.filter((n) => !keptNumbers.has(n)),
      [],
    );
    assert.equal((await store.health()).ok, true);
  } finally {
    await store.close();
  }
});
