import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decomposeQuantile, decomposeShare, type ShareStratum } from "./mixShift.ts";
import { quantileOfSamples } from "./quantile.ts";
import { histogramOf, seededRandom } from "./testRig.ts";

interface Views {
  readonly desktop: readonly [n: number, medianMs: number];
  readonly mobile: readonly [n: number, medianMs: number];
}

/** Decomposes two draws, and says what p75 of all views really was. */
function compare(seed: number, before: Views, after: Views) {
  const random = seededRandom(seed);
  const draw = ([n, median]: readonly [number, number]) =>
    Array.from({ length: n }, () => random.logNormal(median, 0.5));
  const sides = {
    before: [draw(before.desktop), draw(before.mobile)],
    after: [draw(after.desktop), draw(after.mobile)],
  };
  const shift = decomposeQuantile(
    ["desktop", "mobile"].map((name, at) => ({
      name,
      before: histogramOf(sides.before[at] ?? []),
      after: histogramOf(sides.after[at] ?? []),
    })),
  );
  assert.ok(shift);
  const p75Of = (parts: readonly (readonly number[])[]) => quantileOfSamples(parts.flat()).value ?? 0;
  return { shift, before: p75Of(sides.before), after: p75Of(sides.after) };
}

test("mobile traffic doubled: p75 rose, and the page did not change", () => {
  const { shift, before, after } = compare(
    1,
    { desktop: [7000, 1500], mobile: [3000, 3000] },
    { desktop: [4000, 1500], mobile: [6000, 3000] },
  );
  assert.ok(after > before * 1.2);
  assert.equal(shift.cause, "traffic");
  assert.ok(shift.withinLow < 0 && shift.withinHigh > 0, `${shift.withinLow}..${shift.withinHigh}`);
  assert.ok(shift.mix > 0.9 * (after - before));
  assert.deepEqual(
    shift.strata.map(({ shareBefore, shareAfter }) => [shareBefore, shareAfter]),
    [
      [0.7, 0.4],
      [0.3, 0.6],
    ],
  );
});

test("the page got slower at the same traffic", () => {
  const { shift, before, after } = compare(
    2,
    { desktop: [7000, 1500], mobile: [3000, 3000] },
    { desktop: [7000, 1800], mobile: [3000, 3600] },
  );
  assert.equal(shift.cause, "page");
  assert.ok(Math.abs(shift.within / (after - before) - 1) < 0.1);
  assert.ok(shift.withinLow > 0);
});

test("a page that got slower is seen though faster visitors make up for it", () => {
  const { shift } = compare(
    3,
    { desktop: [5000, 1500], mobile: [5000, 3000] },
    { desktop: [9000, 1800], mobile: [1000, 3600] },
  );
  assert.ok(shift.after < shift.before);
  assert.equal(shift.cause, "both");
  assert.ok(shift.within > 0 && shift.mix < 0);
});

test("too few views after: it is not known whether the page changed", () => {
  const { shift } = compare(
    4,
    { desktop: [7000, 1500], mobile: [3000, 3000] },
    { desktop: [140, 1650], mobile: [60, 3300] },
  );
  assert.ok(shift.withinLow < 0 && shift.withinHigh > 0);
  assert.ok(shift.cause === "unknown" || shift.cause === "none", shift.cause);
});

test("the parts add up, and nothing comes of nothing", () => {
  const sizes = fc.integer({ min: 0, max: 3000 });
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(sizes, { minLength: 4, maxLength: 4 }),
      (seed, [a = 0, b = 0, c = 0, d = 0]) => {
        const random = seededRandom(seed);
        const draw = (n: number, median: number) =>
          histogramOf(Array.from({ length: n }, () => random.logNormal(median, 0.5)));
        const strata = [
          { name: "desktop", before: draw(a, 1500), after: draw(b, 1500) },
          { name: "mobile", before: draw(c, 3000), after: draw(d, 3000) },
        ];
        const shift = decomposeQuantile(strata);
        if (a + c < 200 || b + d < 200) return assert.equal(shift, null);
        assert.ok(shift);
        assert.ok(Math.abs(shift.before + shift.within + shift.mix - shift.after) < 1e-6);
        assert.ok(shift.withinLow <= shift.within && shift.within <= shift.withinHigh);
        const same = decomposeQuantile(strata.map((stratum) => ({ ...stratum, after: stratum.before })));
        assert.ok(same && Math.abs(same.within) < 1e-6 && Math.abs(same.mix) < 1e-6 && same.cause === "none");
      },
    ),
    { seed: 5, numRuns: 60 },
  );
});

const shareStratum = (name: string, before: [number, number], after: [number, number]): ShareStratum => ({
  name,
  before: { n: before[0], k: before[1] },
  after: { n: after[0], k: after[1] },
});

test("a share of views splits exactly", () => {
  // Poor views: 10 % of desktop, 40 % of mobile; the mix goes from 80:20 to 50:50, mobile to 50 %.
  const shift = decomposeShare([
    shareStratum("desktop", [8000, 800], [5000, 500]),
    shareStratum("mobile", [2000, 800], [5000, 2500]),
  ]);
  assert.ok(shift);
  const parts = [shift.before, shift.within, shift.mix, shift.after];
  [0.16, 0.02, 0.12, 0.3].forEach((expected, at) =>
    assert.ok(Math.abs((parts[at] ?? 0) - expected) < 1e-12, parts.join(" ")),
  );
  assert.equal(shift.cause, "both");
});

test("a stratum that is new or gone is traffic", () => {
  const strata = [
    shareStratum("desktop", [5000, 500], [5000, 500]),
    shareStratum("robots", [0, 0], [5000, 5000]),
    shareStratum("tablet", [1000, 900], [0, 0]),
  ];
  const shift = decomposeShare(strata);
  assert.ok(shift);
  assert.equal(shift.within, 0);
  assert.equal(shift.cause, "traffic");
});

test("the order of strata does not matter, and the parts of a share add up", () => {
  const counts = fc.tuple(fc.nat(5000), fc.nat(5000)).map(([a, b]): [number, number] => [a + b, a]);
  fc.assert(
    fc.property(fc.array(fc.tuple(counts, counts), { minLength: 1, maxLength: 6 }), (pairs) => {
      const strata = pairs.map(([before, after], at) => shareStratum(String(at), before, after));
      const shift = decomposeShare(strata);
      const reversed = decomposeShare(strata.toReversed());
      if (shift === null) return assert.equal(reversed, null);
      assert.ok(reversed && Math.abs(reversed.within - shift.within) < 1e-9);
      assert.ok(Math.abs(shift.before + shift.within + shift.mix - shift.after) < 1e-9);
    }),
    { seed: 6 },
  );
});
