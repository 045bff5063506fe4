import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createGuard,
  GUARD_LIMITS,
  seriesFingerprint,
  seriesFingerprintOf,
  textFingerprint,
} from "./guard.ts";

const HOUR_MS = 3_600_000;
const place = (project: string, nowMs = 0) => ({ tenantId: "t", projectId: project, service: "s", nowMs });

describe("cardinality guard", () => {
  it("knows no more than its bound, and each project, service and kind for itself", () => {
    const guard = createGuard({ ...GUARD_LIMITS, routesPerService: 2, namesPerService: 1 });
    const routes = guard.set("route", place("p"));
    assert.deepEqual(
      [1, 2, 3, 1].map((value) => routes.admits(value)),
      [true, true, false, true],
    );
    assert.equal(guard.set("route", place("other")).admits(3), true);
    assert.equal(guard.set("name", place("p")).admits(3), true);
    assert.equal(guard.set("route", place("p")).admits(4), false);
  });

  it("makes room for new values when old ones are not seen for a while, never for more than the bound", () => {
    const guard = createGuard({ ...GUARD_LIMITS, routesPerService: 2, forgetAfterMs: HOUR_MS });
    const at = (hours: number) => guard.set("route", place("p", hours * HOUR_MS));
    at(0).admits(1);
    at(0).admits(2);
    assert.equal(at(1).admits(1), true);
    assert.equal(at(1.5).admits(3), false);
    assert.equal(at(2).admits(3), true);
    assert.equal(at(2).admits(4), false);
    assert.equal(at(2).admits(1), true);
    assert.equal(at(9).admits(5), true);
    assert.equal(at(9).admits(6), true);
    assert.equal(at(9).admits(1), false);
  });

  it("forgets the sets used longest ago when all together are too many", () => {
    const guard = createGuard({ ...GUARD_LIMITS, routesPerService: 10, valuesMax: 25 });
    for (const project of ["a", "b", "c"]) {
      for (let value = 0; value < 10; value++) guard.set("route", place(project)).admits(value);
    }
    assert.ok(guard.values <= 25);
    assert.equal(guard.set("route", place("c")).admits(99), false);
    assert.equal(guard.set("route", place("a")).admits(99), true);
  });

  it("keeps no more than its bound of a million pages, and the first ones stay apart", () => {
    const guard = createGuard();
    const pages = guard.set("page", place("p"));
    let admitted = 0;
    for (let page = 0; page < 1_000_000; page++) if (pages.admits(page)) admitted++;
    assert.equal(admitted, GUARD_LIMITS.pagesPerProject);
    assert.equal(guard.values, GUARD_LIMITS.pagesPerProject);
    assert.deepEqual([pages.admits(0), pages.admits(999), pages.admits(1000)], [true, true, false]);
  });

  it("is seeded with what is stored", () => {
    const guard = createGuard({ ...GUARD_LIMITS, routesPerService: 1, seriesPerMetric: 1 });
    const where = { tenantId: "t", projectId: "p", service: "s" };
    const series = "17293822569102704641";
    guard.seed(
      [
        { ...where, kind: "route", value: "GET /a" },
        { ...where, kind: "series", metric: "cpu", value: series },
      ],
      0,
    );
    assert.equal(guard.set("route", place("p")).admits(textFingerprint("GET /b")), false);
    assert.equal(guard.set("route", place("p")).admits(textFingerprint("GET /a")), true);
    const known = guard.set("series", { ...place("p"), metric: "cpu" });
    assert.equal(known.admits(2), false);
    const id = BigInt(series);
    const halves = seriesFingerprintOf(Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0);
    assert.equal(halves, seriesFingerprint(id));
    assert.equal(known.admits(halves), true);
  });
});
