/** What is published: its size, and that a server can load it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const ROOT = join(import.meta.dirname, "..");
/** What the README promises, and what a build of CI is held to. */
const GZIP_BYTES_MAX = 8192;

const run = promisify(execFile);
const inNode = (script: string): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, ["--input-type=module", "--eval", script], { cwd: ROOT });

before(() => run(process.execPath, [join(ROOT, "build.ts")]));

test("the script for pages is within its size budget", async () => {
  const size = gzipSync(await readFile(join(ROOT, "dist/throughline.js")), { level: 9 }).length;
  assert.ok(size <= GZIP_BYTES_MAX, `${size} bytes, gzip`);
});

for (const [name, file] of [
  ["a server gets functions that do nothing", "@throughline/browser"],
  ["a server that takes the browser's build by mistake is not hurt", join(ROOT, "dist/index.js")],
] as const) {
  test(name, async () => {
    const { stdout, stderr } = await inNode(`
      const sdk = await import(${JSON.stringify(file)});
      sdk.init({ key: "k", endpoint: "http://127.0.0.1:1" });
      sdk.track("order", { revenue: 1 });
      sdk.captureException(new Error("none"));
      sdk.shutdown();
      console.log(Object.keys(sdk).sort().join());`);
    assert.equal(stdout.trim(), "captureException,init,shutdown,track");
    assert.equal(stderr, "");
  });
}

test("Next.js renders the component to nothing on its server", async () => {
  const { stdout } = await inNode(`
    const { Throughline, register } = await import("@throughline/browser/next");
    register();
    console.log(Throughline({ ingestKey: "k" }));`);
  assert.equal(stdout.trim(), "null");
});

test("zod does not reach the browser", async () => {
  assert.doesNotMatch(await readFile(join(ROOT, "dist/index.js"), "utf8"), /\bzod\b|^import/m);
});
