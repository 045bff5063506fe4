import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LedgerRow, SystemPage } from "@throughline/contract";
import { findingsOf, statusOf, type Finding } from "./findings.ts";

type Facts = Parameters<typeof findingsOf>[0];

const GIB = 1024 ** 3;

/** Nothing is wrong. */
const HEALTHY: Facts = {
  version: "1.0.0",
  startedAtMs: 0,
  fetchedAtMs: 1,
  ingest: {
    state: "running",
    ratePerSecond: { traces: 100 },
    acceptedTotal: { traces: 1000 },
    refusedTotal: {},
    overflowedTotal: 0,
    journalBytes: 49,
    journalLimitBytes: 100,
    journalSegments: 1,
    quarantinedSegments: 0,
    oldestUnstoredAgeMs: 9400,
    lastStoredAtMs: 1,
    lastLoadError: null,
    ackP50Ms: 1,
    ackP99Ms: 2,
  },
  telemetry: {
    backend: "chdb",
    version: "26",
    ok: true,
    memoryBytes: 900,
    memoryLimitBytes: 1000,
    diskBytes: 1,
    rows: 1,
    activeParts: 1,
  },
  tables: [],
  quotas: [],
  control: { backend: "pglite", version: "17", ok: true, latencyMs: 1, diskBytes: 1 },
  process: {
    rssBytes: 1,
    heapUsedBytes: 1,
    cpuRatio: 0.1,
    cores: 2,
    eventLoopDelayP99Ms: 1,
    uptimeSeconds: 1,
    diskFreeBytes: 2 * GIB,
  },
  live: { connections: 0, eventsPerMinute: 0 },
  queries: [{ name: "overview.kpis", count: 100, errors: 2, p50Ms: 1, p95Ms: 2, maxMs: 3 }],
  history: { timesMs: [], spansPerSecond: [], logsPerSecond: [], pointsPerSecond: [], refusedPerSecond: [] },
  ledger: [],
  ownTraces: [],
};

function facts(change: {
  ingest?: Partial<Facts["ingest"]>;
  telemetry?: Partial<Facts["telemetry"]>;
  control?: Partial<Facts["control"]>;
  process?: Partial<Facts["process"]>;
  queries?: Facts["queries"];
  ledger?: Facts["ledger"];
}): Facts {
  return {
    ...HEALTHY,
    ...(change.queries === undefined ? {} : { queries: change.queries }),
    ...(change.ledger === undefined ? {} : { ledger: change.ledger }),
    ingest: { ...HEALTHY.ingest, ...change.ingest },
    telemetry: { ...HEALTHY.telemetry, ...change.telemetry },
    control: { ...HEALTHY.control, ...change.control },
    process: { ...HEALTHY.process, ...change.process },
  };
}

function ledgerLine(difference: number): LedgerRow {
  return {
    minuteMs: 0,
    projectId: "shop",
    keyId: "key",
    keyName: "key",
    signal: "traces",
    received: 10,
    stored: 10 - difference,
    refused: 0,
    refusedByReason: {},
    waiting: 0,
    difference,
  };
}

/** The one finding, and what the page's headline makes of it. */
function only(wrong: Facts): Finding & { status: SystemPage["status"] } {
  const findings = findingsOf(wrong);
  assert.equal(findings.length, 1, JSON.stringify(findings));
  const [finding] = findings as [Finding];
  return { ...finding, status: statusOf(wrong, findings) };
}

describe("findings", () => {
  test("are none while every figure is just inside its limit", () => {
    assert.deepEqual(findingsOf(HEALTHY), []);
    assert.equal(statusOf(HEALTHY, []), "ok");
  });

  test("tell that ingestion has stopped, with the engine's own reason or where to look", () => {
    const stopped = { state: "stopped", oldestUnstoredAgeMs: 61_400 } as const;
    const silent = only(facts({ ingest: stopped }));
    assert.deepEqual([silent.severity, silent.status], ["error", "down"]);
    assert.match(silent.text, /has stopped.* 61 s/);
    assert.match(silent.remedy, /Nothing is lost/);
    const told = only(facts({ ingest: { ...stopped, lastLoadError: "No space left on device." } }));
    assert.equal(told.remedy, "No space left on device.");
  });

  test("tell that storing is behind from ten seconds on", () => {
    const behind = only(facts({ ingest: { state: "degraded", oldestUnstoredAgeMs: 10_000 } }));
    assert.deepEqual([behind.severity, behind.status], ["warn", "degraded"]);
    assert.match(behind.text, /behind.* 10 s/);
    assert.match(behind.remedy, /catches up/);
  });

  test("tell of a daily quota from 80 % on, and that further items are refused past it", () => {
    const quota = { organisation: "Shop", kind: "spans", used: 81, dailyMax: 100, isDefault: true } as const;
    const nearly = only({ ...HEALTHY, quotas: [{ ...quota, state: "warn" }] });
    assert.deepEqual([nearly.severity, nearly.status], ["warn", "degraded"]);
    assert.match(nearly.text, /Shop has used 81 % of its daily quota of spans/);
    const over = only({ ...HEALTHY, quotas: [{ ...quota, used: 120, state: "exceeded" }] });
    assert.match(over.text, /used up its daily quota of spans: .* refused until 00:00 UTC/);
  });

  test("tell that a load failed", () => {
    const failed = only(facts({ ingest: { lastLoadError: "Table is read-only." } }));
    assert.deepEqual([failed.severity, failed.status], ["warn", "degraded"]);
    assert.match(failed.text, /last load .* failed/);
    assert.equal(failed.remedy, "Table is read-only.");
  });

  test("tell that the journal fills: a warning from half, an error from nine tenths", () => {
    for (const [journalBytes, severity] of [
      [50, "warn"],
      [89, "warn"],
      [90, "error"],
      [100, "error"],
    ] as const) {
      const full = only(facts({ ingest: { journalBytes } }));
      assert.deepEqual([full.severity, full.status], [severity, "degraded"], `${journalBytes} %`);
      assert.match(full.text, new RegExp(`${journalBytes} % full`));
      assert.match(full.remedy, /THROUGHLINE_JOURNAL_LIMIT/);
    }
  });

  test("tell of segments that were set aside, and where they lie", () => {
    const aside = only(facts({ ingest: { quarantinedSegments: 2 } }));
    assert.deepEqual([aside.severity, aside.status], ["error", "degraded"]);
    assert.match(aside.text, /^2 journal segment/);
    assert.match(aside.remedy, /journal\/quarantine/);
  });

  test("tell of names that were folded together", () => {
    const folded = only(facts({ ingest: { overflowedTotal: 12 } }));
    assert.deepEqual([folded.severity, folded.status], ["warn", "degraded"]);
    assert.match(folded.text, /^12 items/);
    assert.match(folded.remedy, /http\.route/);
  });

  test("tell by how much the ledger is wrong, and don't let differences cancel out", () => {
    const wrong = only(facts({ ledger: [ledgerLine(3), ledgerLine(0), ledgerLine(-3)] }));
    assert.deepEqual([wrong.severity, wrong.status], ["error", "degraded"]);
    assert.match(wrong.text, /6 items in 2 line/);
  });

  test("tell that a store does not answer, in its own words", () => {
    for (const store of ["telemetry", "control"] as const) {
      const away = only(facts({ [store]: { ok: false, message: "connection refused" } }));
      assert.deepEqual([away.severity, away.status], ["error", "down"]);
      assert.match(away.text, new RegExp(`The ${store} store does not answer`));
      assert.equal(away.remedy, "connection refused");
      assert.equal(only(facts({ [store]: { ok: false } })).remedy, "See the log.");
    }
  });

  test("tell that the engine is nearly out of memory, if it has a limit", () => {
    const full = only(facts({ telemetry: { memoryBytes: 901 } }));
    assert.deepEqual([full.severity, full.status], ["warn", "degraded"]);
    assert.match(full.remedy, /THROUGHLINE_MEMORY_LIMIT/);
    assert.deepEqual(findingsOf(facts({ telemetry: { memoryBytes: 901, memoryLimitBytes: 0 } })), []);
  });

  test("tell which question fails again and again", () => {
    const failing = { name: "overview.kpis", count: 20, errors: 3, p50Ms: 1, p95Ms: 2, maxMs: 3 };
    const found = only(facts({ queries: [failing, { ...failing, name: "fine", errors: 2 }] }));
    assert.deepEqual([found.severity, found.status], ["warn", "degraded"]);
    assert.match(found.text, /overview\.kpis failed 3 of 20/);
  });

  test("tell that the disk fills up", () => {
    const short = only(facts({ process: { diskFreeBytes: 1.5 * GIB } }));
    assert.deepEqual([short.severity, short.status], ["warn", "degraded"]);
    assert.match(short.text, /1\.5 GiB/);
  });

  test("come worst first and say what to do, each of them", () => {
    const wrong = facts({
      ingest: { state: "stopped", journalBytes: 60, overflowedTotal: 1, quarantinedSegments: 1 },
      control: { ok: false },
      process: { diskFreeBytes: 0 },
    });
    const findings = findingsOf(wrong);
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["error", "error", "error", "warn", "warn", "warn"],
    );
    for (const { text, remedy } of findings) {
      assert.match(text, /\.$/);
      assert.ok(remedy.length > 5, text);
    }
    assert.equal(statusOf(wrong, findings), "down");
  });

  test("that only inform leave the product ok", () => {
    assert.equal(statusOf(HEALTHY, [{ severity: "info", text: "A hint.", remedy: "" }]), "ok");
  });
});
