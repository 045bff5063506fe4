/** Readings of processes and machines, also of counters that start again and files that say something else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuShares, observeHost } from "./hostMetrics.ts";
import { Monotonic } from "./monotonic.ts";
import { cpuUtilization } from "./processMetrics.ts";
import { parseDiskstats, parseMeminfo, parseNetDev, parseStat } from "./procFiles.ts";

test("processor use is a share of all cores between two readings", () => {
  const read = cpuUtilization(4);
  assert.equal(read({ user: 9e6, system: 1e6 }, 5000), undefined);
  // Two of four cores for a second, a quarter of that in the kernel.
  assert.deepEqual(read({ user: 10.5e6, system: 1.5e6 }, 6000), { user: 0.375, system: 0.125 });
  assert.deepEqual(read({ user: 10.5e6, system: 1.5e6 }, 7000), { user: 0, system: 0 });
  assert.equal(read({ user: 11e6, system: 1.5e6 }, 7000), undefined, "no time has passed");
  assert.deepEqual(read({ user: 1e6, system: 0 }, 8000), { user: 0, system: 0 }, "the counter started again");
  assert.deepEqual(read({ user: 99e6, system: 0 }, 9000), { user: 1, system: 0 }, "never more than all");
});

test("a total never falls when its counter starts again", () => {
  const totals = new Monotonic();
  const seen = [100, 150, 20, 20, 70, 0, 5].map((value) => totals.total("eth0", value));
  assert.deepEqual(seen, [100, 150, 170, 170, 220, 220, 225]);
  assert.equal(totals.total("eth1", 7), 7);
});

const STAT = `cpu  100 5 50 800 20 3 2 10 0 0
cpu0 50 2 25 400 10 1 1 5 0 0
intr 12345
`;

test("/proc/stat by mode, and shares of the time between two readings", () => {
  const before = parseStat(STAT);
  assert.deepEqual(before, {
    user: 100,
    nice: 5,
    system: 50,
    idle: 800,
    iowait: 20,
    interrupt: 5,
    steal: 10,
  });
  const after = { ...before!, user: 125, idle: 875 };
  assert.deepEqual(Object.fromEntries(cpuShares(before!, after)), {
    user: 0.25,
    nice: 0,
    system: 0,
    idle: 0.75,
    iowait: 0,
    interrupt: 0,
    steal: 0,
  });
  assert.deepEqual(cpuShares(after, before!), [], "counters that went back");
  assert.deepEqual(cpuShares(after, after), [], "no time has passed");
  for (const odd of ["", "nothing of the kind", "cpu0 1 2 3"]) assert.equal(parseStat(odd), undefined);
});

test("/proc/meminfo in bytes", () => {
  const sizes = parseMeminfo(
    "MemTotal:       2048 kB\nMemAvailable:    512 kB\nHugePages_Total:       0\nodd\n",
  );
  assert.deepEqual(
    [...sizes],
    [
      ["MemTotal", 2_097_152],
      ["MemAvailable", 524_288],
    ],
  );
});

test("/proc/diskstats counts whole disks once", () => {
  const text = `   8       0 sda 100 5 2000 30 200 6 4000 40 0 50 60
   8       1 sda1 90 5 1900 30 190 6 3900 40 0 50 60
 259       0 nvme0n1 1 0 10 0 2 0 20 0 0 0 0
   7       0 short
`;
  assert.deepEqual(
    parseDiskstats(text, (name) => name === "sda" || name === "nvme0n1" || name === "short"),
    [
      { name: "sda", inBytes: 1_024_000, outBytes: 2_048_000 },
      { name: "nvme0n1", inBytes: 5120, outBytes: 10_240 },
    ],
  );
});

test("/proc/net/dev without the loopback", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
  eth0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0
wlan0:30 1 0 0 0 0 0 0 40 1 0 0 0 0 0 0
`;
  assert.deepEqual(parseNetDev(text), [
    { name: "eth0", inBytes: 1000, outBytes: 2000 },
    { name: "wlan0", inBytes: 30, outBytes: 40 },
  ]);
});

test("elsewhere than on Linux host metrics are absent with a reason", () => {
  assert.match(observeHost("darwin") ?? "", /no host metrics on darwin/);
});
