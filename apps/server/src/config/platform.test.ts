import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkPlatform, type PlatformFacts } from "./platform.ts";
import { gatherPlatformFacts } from "./platformFacts.ts";

const GIBIBYTE = 1024 ** 3;

const GOOD: PlatformFacts = {
  platform: "linux",
  arch: "x64",
  libc: "glibc",
  cpuInfo: "processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2 bmi2\nbugs\t: \n",
  nodeVersion: "26.10.0",
  dataDir: "/srv/throughline",
  dataDirError: null,
  freeDiskBytes: 20 * GIBIBYTE,
  threadPoolSize: "16",
};

test("a supported machine has no findings", () => {
  assert.deepEqual(checkPlatform(GOOD, GIBIBYTE), []);
  const mac: Partial<PlatformFacts> = { platform: "darwin", arch: "arm64", libc: "other", cpuInfo: null };
  assert.deepEqual(checkPlatform({ ...GOOD, ...mac }, GIBIBYTE), []);
});

test("each unsupported fact has its own finding", () => {
  const finds = (
    facts: Partial<PlatformFacts>,
    expected: string,
    severity: "fatal" | "warn",
    words: RegExp,
  ) => {
    const findings = checkPlatform({ ...GOOD, ...facts }, GIBIBYTE);
    assert.deepEqual(
      findings.map((finding) => finding.id),
      [expected],
      JSON.stringify(facts),
    );
    assert.equal(findings[0]?.severity, severity);
    assert.match(findings[0]?.sentence ?? "", /^[A-Z][^\n]*\.$/);
    assert.match(findings[0]?.hint ?? "", /^[A-Z][^\n]*\.$/);
    assert.match(`${findings[0]?.sentence} ${findings[0]?.hint}`, words);
  };
  finds({ platform: "win32" }, "platform", "fatal", /Windows.*WSL2/);
  finds({ platform: "freebsd" }, "platform", "fatal", /freebsd/);
  finds({ arch: "riscv64" }, "platform", "fatal", /riscv64/);
  finds({ libc: "musl" }, "libc", "fatal", /musl.*Alpine.*glibc/);
  finds({ cpuInfo: "flags\t: fpu sse4_2 avx avx2x\n" }, "processor", "fatal", /AVX2/);
  finds({ nodeVersion: "20.19.2" }, "node-version", "fatal", /Node 20\.19\.2.*npm start/);
  finds({ nodeVersion: "9.0.0" }, "node-version", "fatal", /Node 9/);
  finds(
    { dataDirError: "EACCES: permission denied" },
    "data-dir",
    "fatal",
    /srv.throughline.*EACCES.*THROUGHLINE_DATA_DIR/,
  );
  finds({ freeDiskBytes: GIBIBYTE - 1 }, "disk-space", "fatal", /1023 MiB.*1024 MiB/);
  finds({ threadPoolSize: undefined }, "thread-pool", "warn", /UV_THREADPOOL_SIZE/);
  finds({ threadPoolSize: "4" }, "thread-pool", "warn", /"4"/);
  finds({ threadPoolSize: "many" }, "thread-pool", "warn", /"many"/);
});

test("processor flags are only judged where they can be read and matter", () => {
  const ids = (facts: Partial<PlatformFacts>) =>
    checkPlatform({ ...GOOD, ...facts }, GIBIBYTE).map((finding) => finding.id);
  assert.deepEqual(ids({ arch: "arm64", cpuInfo: "Features\t: fp asimd\n" }), []);
  assert.deepEqual(ids({ cpuInfo: null }), []);
  assert.deepEqual(ids({ freeDiskBytes: null }), []);
});

test("fatal findings come first and all are reported", () => {
  const findings = checkPlatform(
    { ...GOOD, threadPoolSize: undefined, nodeVersion: "22.0.0", freeDiskBytes: 0 },
    GIBIBYTE,
  );
  assert.deepEqual(
    findings.map((finding) => finding.id),
    ["node-version", "disk-space", "thread-pool"],
  );
});

test("the facts of this machine are found and good enough to run these tests", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "throughline-facts-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const facts = await gatherPlatformFacts(join(dir, "new", "data"));
  assert.equal(facts.dataDirError, null);
  assert.ok((facts.freeDiskBytes ?? 0) > 0);
  const fatal = checkPlatform(facts, 0).filter((finding) => finding.severity === "fatal");
  assert.deepEqual(fatal, []);
  assert.equal((await stat(join(dir, "new", "data"))).mode & 0o077, 0, "others can read the data folder");
});

test("a data folder that is a file is a reason, not an exception", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "throughline-facts-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, "file"), "");
  const facts = await gatherPlatformFacts(join(dir, "file", "data"));
  assert.match(facts.dataDirError ?? "", /ENOTDIR/);
  assert.equal(checkPlatform(facts, 0)[0]?.id, "data-dir");
});
