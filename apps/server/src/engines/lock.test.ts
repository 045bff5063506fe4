import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DirectoryInUseError, lockDirectory } from "./lock.ts";

const MODULE = new URL("./lock.ts", import.meta.url).href;

async function newFolder(t: { after(fn: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-lock-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Another process that takes the folder, says so, and waits to be killed. */
async function holderOf(folder: string) {
  const program = `
    const { lockDirectory } = await import(${JSON.stringify(MODULE)});
    await lockDirectory(${JSON.stringify(folder)}, "test store");
    process.stdout.write("held");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("a folder is held once per process and free again after release", async (t) => {
  const folder = await newFolder(t);
  const first = await lockDirectory(join(folder, "new"), "test store");
  await assert.rejects(lockDirectory(join(folder, "new"), "test store"), DirectoryInUseError);
  await first.release();
  await first.release();
  const second = await lockDirectory(join(folder, "new"), "test store");
  await second.release();
});

test("another process is named in one sentence; its kill -9 frees the folder", async (t) => {
  const folder = await newFolder(t);
  const holder = await holderOf(folder);
  await assert.rejects(lockDirectory(folder, "test store"), (error) => {
    assert.ok(error instanceof DirectoryInUseError);
    assert.match(
      error.message,
      new RegExp(`^The test store in .* is in use by another process \\(pid ${holder.pid}\\)[^\n]*$`),
    );
    return true;
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = await lockDirectory(folder, "test store");
  await lock.release();
});

test("of many that start at once after a crash exactly one gets the folder", async (t) => {
  const folder = await newFolder(t);
  const crashed = await holderOf(folder);
  crashed.kill("SIGKILL");
  await once(crashed, "exit");
  const attempts = await Promise.allSettled(
    Array.from({ length: 20 }, () => lockDirectory(folder, "test store")),
  );
  const held = attempts.filter((attempt) => attempt.status === "fulfilled");
  assert.equal(held.length, 1);
  for (const attempt of held) await attempt.value.release();
});
