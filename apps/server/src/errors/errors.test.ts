/** Errors: every number against a recount of the raw rows, and each regression told exactly once. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { errorsFilter, resolveRange, type ErrorDecision, type ErrorsFilter } from "@throughline/contract";
import { CursorError } from "../insight/index.ts";
import { decideError, giveError } from "./decide.ts";
import { evaluateErrors } from "./evaluateProject.ts";
import { readError, readErrorList } from "./readErrors.ts";
import { openErrorRig, type ErrorRig } from "./testRig.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.now();
const noMaps = async (): Promise<null> => null;

let rig: ErrorRig;
before(async () => {
  rig = await openErrorRig();
});
after(() => rig.close());
beforeEach(async () => {
  for (const table of ["error_groups", "error_events", "error_evaluations"])
    await rig.control.query(`delete from ${table}`);
  for (const table of ["exceptions", "error_rollups", "span_rollups"])
    await rig.telemetry.internal.command(`TRUNCATE TABLE ${table}`);
});

const reader = () => rig.telemetry.scoped(rig.scope);
const list = async (wanted: Partial<ErrorsFilter> = {}, range: "1h" | "24h" | "7d" = "24h") =>
  await readErrorList(
    rig.control,
    reader(),
    resolveRange({ range }, NOW),
    errorsFilter.parse({ state: "all", ...wanted }),
    NOW,
  );
const evaluate = async (nowMs = Date.now()): Promise<number | null> =>
  await evaluateErrors({ scope: rig.scope, control: rig.control, reader: reader(), nowMs, everyMs: 0 });
const page = async (fingerprint: number, range: "24h" | "7d" = "24h") => {
  const found = await readError(rig.control, reader(), {
    fingerprint: String(fingerprint),
    range: resolveRange({ range }, Date.now()),
    symbolicate: noMaps,
    withPeople: true,
    nowMs: Date.now(),
  });
  assert.ok(found !== null);
  return found;
};

async function decide(fingerprint: number, decision: Omit<ErrorDecision, "note" | "project">): Promise<void> {
  const { error } = await page(fingerprint, "7d");
  await decideError(
    { control: rig.control, tenantId: rig.scope.tenantId, actor: { kind: "system", id: null } },
    { ...error, projectId: rig.scope.projectId },
    { release: null, untilMs: null, untilCount: null, note: "", ...decision } as ErrorDecision,
  );
}

/** What happened, oldest first, without what people did. */
async function told(): Promise<string[]> {
  const rows = await rig.control.query<{ kind: string; fingerprint: string; release: string }>(
    "select kind, fingerprint, release from error_events where actor_id is null and kind not in ('resolved', 'ignored', 'reopened', 'assigned') order by id",
  );
  return rows.map(({ kind, fingerprint, release }) => [kind, fingerprint, release].filter(Boolean).join(" "));
}

describe("counts of errors", () => {
  beforeEach(async () => {
    const base = { atMs: NOW - 20 * HOUR_MS, lengthMs: 19 * HOUR_MS };
    await rig.insert({
      ...base,
      fingerprint: 11,
      count: 500,
      users: 7,
      sessions: 13,
      release: "1.0",
      isTraced: true,
    });
    await rig.insert({
      ...base,
      fingerprint: 11,
      count: 40,
      route: "/cart",
      release: "1.1",
      message: "newest",
    });
    await rig.insert({
      ...base,
      fingerprint: 12,
      count: 60,
      service: "browser",
      source: "browser",
      type: "RangeError",
      message: "Größe 100 % _ zu viel",
      sessions: 5,
    });
    await rig.insert({ atMs: NOW - 60 * HOUR_MS, fingerprint: 11, count: 3, release: "0.9" });
    const other = { tenantId: "00000000-0000-7000-8000-00000000ffff", projectId: "default" };
    await rig.insert({ ...base, fingerprint: 11, count: 1000, scope: other });
    await rig.insert({
      ...base,
      fingerprint: 99,
      count: 1000,
      scope: { ...rig.scope, projectId: "elsewhere" },
    });
  });

  test("are those of the raw rows, and of this project alone", async () => {
    const { errors, totals, range, services, releases } = await list();
    const raw = await reader().query<Record<string, unknown>>(
      `SELECT toString(fingerprint) AS fingerprint, count() AS count, uniqExactIf(attributes['user.id'], attributes['user.id'] != '') AS users,
         uniqExactIf(attributes['session.id'], attributes['session.id'] != '') AS sessions,
         toUnixTimestamp64Milli(max(e.time)) AS lastSeenMs
       FROM exceptions AS e WHERE tenant_id = {tenant:String} AND project_id = {project:String}
         AND e.time >= fromUnixTimestamp64Milli({fromMs:Int64}) AND e.time < fromUnixTimestamp64Milli({toMs:Int64})
       GROUP BY fingerprint ORDER BY lastSeenMs DESC, fingerprint DESC`,
      { fromMs: range.fromMs, toMs: range.toMs },
      { name: "test.recount" },
    );
    assert.deepEqual(
      errors.map(({ fingerprint, count, users, sessions, lastSeenMs }) => ({
        fingerprint,
        count,
        users: users ?? 0,
        sessions: sessions ?? 0,
        lastSeenMs,
      })),
      raw,
    );
    assert.deepEqual(totals, { groups: 2, count: 600 });
    assert.deepEqual(services, ["browser", "shop-api"]);
    assert.deepEqual(releases, ["1.0", "1.1"]);
    for (const { sparkline, count } of errors)
      assert.equal(
        sparkline.reduce((sum, n) => sum + n, 0),
        count,
      );
    const first = errors.find(({ fingerprint }) => fingerprint === "11");
    assert.equal(first?.firstSeenMs, NOW - 60 * HOUR_MS, "before the range");
    assert.match(first?.traceId ?? "", /^0+1f4$/, "of the newest that has one");
    assert.equal(errors.find(({ fingerprint }) => fingerprint === "12")?.users, null, "nobody was named");
  });

  test("of one error: course, releases, routes and occurrences", async () => {
    const { error, series, releases, routes, occurrences } = await page(11);
    assert.equal(error.count, 540);
    assert.equal(error.countEver, 543);
    assert.equal(
      series.counts.reduce((sum, n) => sum + n, 0),
      540,
    );
    assert.deepEqual(releases.map(({ release, count }) => [release, count]).toSorted(), [
      ["0.9", 3],
      ["1.0", 500],
      ["1.1", 40],
    ]);
    assert.deepEqual(routes.at(-1), { route: "/cart", count: 40 });
    assert.equal(occurrences.length, 10);
    assert.deepEqual(
      occurrences.map(({ timeMs }) => timeMs),
      occurrences.map(({ timeMs }) => timeMs).toSorted((a, b) => b - a),
    );
    assert.equal(error.unhandled, 270);
  });

  test("are found by service, release, source, state and text", async () => {
    const found = async (wanted: Partial<ErrorsFilter>): Promise<string[]> =>
      (await list(wanted)).errors.map(({ fingerprint }) => fingerprint);
    assert.deepEqual(await found({ service: "browser" }), ["12"]);
    assert.deepEqual(await found({ release: "1.1" }), ["11"]);
    assert.deepEqual(await found({ source: "server" }), ["11"]);
    assert.deepEqual(await found({ source: "browser" }), ["12"]);
    assert.deepEqual(await found({ q: "GRÖSSE" }), []);
    assert.deepEqual(await found({ q: "größe 100 % _" }), ["12"]);
    assert.deepEqual(await found({ q: "rangeerror" }), ["12"]);
    assert.deepEqual(await found({ q: "100%" }), []);
    assert.deepEqual(await found({ q: "') OR 1=1 --" }), []);
    await decide(11, { status: "resolved" });
    assert.deepEqual(await found({ state: "unresolved" }), ["12"]);
    assert.deepEqual(await found({ state: "resolved" }), ["11"]);
    assert.deepEqual(await found({ state: "ignored" }), []);
    assert.deepEqual(await found({ sort: "count" }), ["11", "12"]);
    assert.deepEqual(await found({ sort: "first" }), ["12", "11"]);
  });

  test("come page by page, each once", async () => {
    for (let fingerprint = 100; fingerprint < 130; fingerprint++)
      await rig.insert({ fingerprint, atMs: NOW - HOUR_MS });
    for (const sort of ["last", "count", "users", "first"] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const answer = await list({ sort, limit: 7, cursor });
        seen.push(...answer.errors.map(({ fingerprint }) => fingerprint));
        cursor = answer.nextCursor ?? undefined;
      } while (cursor !== undefined);
      assert.equal(seen.length, 32, sort);
      assert.equal(new Set(seen).size, 32, sort);
    }
    await assert.rejects(list({ cursor: "nonsense" }), CursorError);
  });
});

describe("states of errors", () => {
  test("a new error is told once, also when two instances look at once", async () => {
    await rig.insert({ fingerprint: 21, atMs: NOW - 1000, release: "2.0" });
    await Promise.all([evaluate(), evaluate()]);
    await evaluate();
    assert.deepEqual(await told(), ["first-seen 21 2.0"]);
    await rig.insert({ fingerprint: 21, atMs: NOW });
    await evaluate();
    assert.deepEqual(await told(), ["first-seen 21 2.0"]);
  });

  test("one that arrived before errors were counted is not new", async () => {
    await rig.insert({ fingerprint: 22, atMs: NOW - 50 * HOUR_MS, receivedAtMs: NOW - 50 * HOUR_MS });
    await rig.telemetry.internal.command("TRUNCATE TABLE error_rollups");
    await rig.insert({ fingerprint: 22, atMs: NOW });
    await evaluate();
    assert.deepEqual(await told(), []);
  });

  test("resolved now: seen later it has regressed, exactly once for all instances", async () => {
    await rig.insert({ fingerprint: 31, atMs: NOW - HOUR_MS });
    await evaluate();
    await decide(31, { status: "resolved" });
    await rig.insert({ fingerprint: 31, atMs: NOW - HOUR_MS / 2 });
    await evaluate();
    assert.equal((await page(31)).error.state.status, "resolved", "what happened before does not count");
    await rig.insert({ fingerprint: 31, atMs: Date.now() + 1000 });
    await Promise.all([evaluate(), evaluate(), evaluate()]);
    assert.equal((await page(31)).error.state.status, "regressed");
    assert.deepEqual(await told(), ["first-seen 31", "regressed 31"]);
    await rig.insert({ fingerprint: 31, atMs: Date.now() + 2000 });
    await evaluate();
    assert.deepEqual(await told(), ["first-seen 31", "regressed 31"], "it is regressed already");
  });

  test("resolved in a release: older ones do not count, it and later ones do", async () => {
    await rig.insert({ fingerprint: 41, atMs: NOW - 5 * HOUR_MS, release: "1.0" });
    await rig.insert({ fingerprint: 42, atMs: NOW - 2 * HOUR_MS, release: "1.1" });
    await evaluate();
    await decide(41, { status: "resolved", release: "1.1" } as never);
    const later = Date.now() + 1000;
    await rig.insert({ fingerprint: 41, atMs: later, release: "1.0" });
    await evaluate();
    assert.equal((await page(41)).error.state.status, "resolved", "the old release still runs somewhere");
    await rig.insert({ fingerprint: 41, atMs: later, release: "1.2" });
    await evaluate();
    assert.equal((await page(41)).error.state.status, "regressed");
    assert.deepEqual((await told()).slice(-1), ["regressed 41 1.2"]);
    await decide(41, { status: "resolved", release: "9.9" } as never);
    await rig.insert({ fingerprint: 41, atMs: Date.now() + 3000, release: "1.3" });
    await evaluate();
    assert.equal((await page(41)).error.state.status, "resolved", "nobody knows of 9.9 yet");
    await rig.insert({ fingerprint: 41, atMs: Date.now() + 4000, release: "9.9" });
    await evaluate();
    assert.equal((await page(41)).error.state.status, "regressed");
  });

  test("ignored until a count, until a time, and for ever", async () => {
    for (const fingerprint of [51, 52, 53]) await rig.insert({ fingerprint, atMs: NOW - HOUR_MS, count: 5 });
    await decide(51, { status: "ignored", untilCount: 3 } as never);
    await decide(52, { status: "ignored", untilMs: Date.now() + HOUR_MS } as never);
    await decide(53, { status: "ignored" });
    for (const fingerprint of [51, 52, 53]) await rig.insert({ fingerprint, atMs: NOW, count: 2 });
    const states = async (nowMs?: number): Promise<string[]> => {
      await evaluate(nowMs);
      const found = await Promise.all([51, 52, 53].map((each) => page(each)));
      return found.map(({ error }) => error.state.status);
    };
    assert.deepEqual(await states(), ["ignored", "ignored", "ignored"]);
    await rig.insert({ fingerprint: 51, atMs: NOW });
    assert.deepEqual(await states(), ["open", "ignored", "ignored"]);
    assert.deepEqual(await states(Date.now() + 2 * HOUR_MS), ["open", "open", "ignored"]);
    assert.deepEqual(
      (await told()).filter((text) => text.startsWith("ignore-ended")),
      ["ignore-ended 51", "ignore-ended 52"],
    );
  });

  test("every decision is in the audit log and in the history; a stranger is no owner", async () => {
    await rig.insert({ fingerprint: 71, atMs: NOW });
    await decide(71, { status: "resolved" });
    await decide(71, { status: "open" });
    const { error, history } = await page(71);
    assert.deepEqual(
      history.map(({ kind }) => kind),
      ["reopened", "resolved"],
    );
    const context = {
      control: rig.control,
      tenantId: rig.scope.tenantId,
      actor: { kind: "system", id: null },
    } as const;
    await assert.rejects(
      giveError(context, { ...error, projectId: rig.scope.projectId }, "nobody-we-know"),
      /not a member/,
    );
    const lines = await rig.control.query<{ action: string; result: string }>(
      "select action, result from audit_log where action like 'error.%' and target_id = '71' order by id",
    );
    assert.deepEqual(lines, [
      { action: "error.resolve", result: "done" },
      { action: "error.reopen", result: "done" },
      { action: "error.assign", result: "refused" },
    ]);
  });
});
