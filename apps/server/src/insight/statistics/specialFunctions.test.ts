import assert from "node:assert/strict";
import { test } from "node:test";
import {
  binomialCdf,
  lnBeta,
  lnGamma,
  log1pMinus,
  normalCdf,
  regularizedBeta,
  studentPValue,
} from "./specialFunctions.ts";

// Expected values: SciPy 1.17.

function near(actual: number, expected: number, relative = 1e-11): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= relative * Math.max(1e-300, Math.abs(expected)), `${actual} instead of ${expected}`);
}

test("ln Γ", () => {
  near(lnGamma(0.1), 2.252712651734206);
  near(lnGamma(0.5), 0.5723649429247);
  near(lnGamma(2.5), 0.2846828704729192);
  near(lnGamma(7.5), 7.534364236758734);
  near(lnGamma(16), 27.899271383840894);
  near(lnGamma(100), 359.1342053695754);
  near(lnGamma(1e6), 12815504.569147611);
});

test("ln B", () => {
  near(lnBeta(2.5, 7.5), -4.982780372849818);
  near(lnBeta(100.5, 300), -226.8670452715794);
  near(lnBeta(1e6, 3e6), -2249346.42345085);
});

test("ln(1 + u) − u has no cancellation near zero and joins the plain formula", () => {
  near(log1pMinus(1e-9), -5e-19, 1e-8);
  near(log1pMinus(0.499_999_999), Math.log1p(0.499_999_999) - 0.499_999_999, 1e-13);
  near(log1pMinus(-0.499_999_999), Math.log1p(-0.499_999_999) + 0.499_999_999, 1e-13);
  near(log1pMinus(3), Math.log(4) - 3, 1e-14);
});

test("incomplete beta, binomial and Student's t", () => {
  near(regularizedBeta(0.3, 2, 5), 0.5798250000000003);
  near(regularizedBeta(0.5, 10, 0.5), 0.00023344743474862207);
  near(regularizedBeta(0.74, 7500, 2500), 0.01091629760289734, 1e-8);
  near(regularizedBeta(0.99, 0.5, 0.5), 0.9362314391414803);
  near(binomialCdf(11, 20, 0.75), 0.04092516770651855);
  near(binomialCdf(150, 200, 0.75), 0.527123658120235);
  near(binomialCdf(7400, 10000, 0.75), 0.011016488379470757, 1e-8);
  near(studentPValue(2, 10), 0.07338803477074037);
  near(studentPValue(-6.5, 18), 4.114652230672432e-6);
  near(studentPValue(0.1, 3), 0.9266523488008059);
  near(studentPValue(30, 40), 4.8509076605902047e-29);
  assert.equal(studentPValue(0, 5), 1);
});

test("the normal distribution, to its published error", () => {
  for (const [z, expected] of [
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [2.5, 0.9937903346742238],
  ] as const)
    assert.ok(Math.abs(normalCdf(z) - expected) < 1e-7, `${z}: ${normalCdf(z)}`);
});
