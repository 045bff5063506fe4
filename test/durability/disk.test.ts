import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, open, rm, rmdir, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { assertExactlyOnce, assertLedgerBalances, assertRollupsEqualRecount } from "./recount.ts";
import { nothingAcknowledged, startSenders } from "./senders.ts";
import { startServer, until, untilStored } from "./server.ts";
import { encodedBatch, postOtlp } from "./wire.ts";

const MIB = 1024 * 1024;
const DISK_MIB = 256;

/** A small file system of its own; needs the right to mount. */
async function smallDisk(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    await rmdir(folder);
    throw new Error("The full-disk test mounts a small tmpfs and needs root (CAP_SYS_ADMIN) for it.", {
      cause: error,
    });
  }
  t.after(async () => {
    execFileSync("umount", ["-l", folder]);
    await rmdir(folder);
  });
  return folder;
}

/** Fills the file system up to `leaveBytes` with one file; returns how to make room again. */
async function fill(disk: string, leaveBytes: number): Promise<() => Promise<void>> {
  const path = join(disk, "ballast");
  const file = await open(path, "a");
  const chunk = Buffer.alloc(256 * 1024);
  try {
    for (;;) {
      const { bavail, bsize } = await statfs(disk);
      const room = bavail * bsize - leaveBytes;
      if (room <= 0) break;
      await file.write(chunk.subarray(0, Math.min(chunk.length, room)));
    }
  } catch (error) {
    // The server took the last bytes in between: as full as it gets.
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    await file.close();
  }
  return () => rm(path);
}

test("a full disk: clear refusals, nothing acknowledged is lost, also through kill -9, and it recovers by itself", async (t) => {
  const disk = await smallDisk(t);
  const settings = { dataDir: join(disk, "data"), limits: { diskReserveBytes: 0 } };
  const acknowledged = nothingAcknowledged();
  const taken = (): number => acknowledged.traces.size + acknowledged.logs.size + acknowledged.metrics.size;

  for (const ending of ["room", "kill"] as const) {
    const server = await startServer(settings);
    const senders = startSenders({ ports: server, prefix: ending, acknowledged });
    const before = taken();
    await until("something was acknowledged", 10_000, async () => taken() > before + 200);
    const makeRoom = await fill(disk, 0);
    await until(
      "writes are refused",
      20_000,
      async () => (await server.status()).refusedTotal["disk_full"] !== undefined,
    );
    if (ending === "kill") await server.kill("SIGKILL");
    else assert.equal((await server.status()).state, "degraded");
    await makeRoom();
    if (ending === "room") {
      const whenFull = taken();
      await until("it takes data again by itself", 30_000, async () => taken() > whenFull + 200);
      await senders.stop();
      await untilStored(server);
      assert.equal((await server.status()).quarantinedSegments, 0);
      await server.kill("SIGKILL");
    }
    await senders.stop();
  }

  const server = await startServer(settings);
  t.after(() => server.kill("SIGKILL"));
  await untilStored(server);
  await assertExactlyOnce(server, acknowledged);
  await assertRollupsEqualRecount(server);
  await assertLedgerBalances(server);
});

test("below the reserve ingest refuses with 503 and Retry-After while the engine still has room to store", async (t) => {
  const disk = await smallDisk(t);
  const server = await startServer({ dataDir: join(disk, "data"), limits: { diskReserveBytes: 64 * MIB } });
  t.after(() => server.kill("SIGKILL"));
  const send = () =>
    postOtlp(server.httpPort, "traces", "protobuf", encodedBatch("traces", "protobuf", "x", 10).bytes);
  assert.equal((await send()).status, 200);
  const makeRoom = await fill(disk, 40 * MIB);
  await until("the reserve is noticed", 10_000, async () => (await send()).status === 503);
  const refused = await send();
  assert.match(refused.retryAfter ?? "", /^[1-9]\d*$/);
  assert.match(refused.body.toString(), /disk is full/);
  await untilStored(server);
  await makeRoom();
  await until("it takes data again", 10_000, async () => (await send()).status === 200);
});
