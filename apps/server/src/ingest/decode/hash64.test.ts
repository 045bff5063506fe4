import assert from "node:assert/strict";
import { it } from "node:test";
import { Hash64 } from "./hash64.ts";

const hash = new Hash64();

function of(...parts: readonly string[]): string {
  hash.begin();
  for (const part of parts) hash.addText(part);
  hash.end();
  return `${hash.lo},${hash.hi}`;
}

it("similar texts do not collide, in 64 bits nor much in either half", () => {
  const texts: string[] = [];
  for (let i = 0; i < 100_000; i++) texts.push(`k${i}`, `host-${i}.example.com/region=eu`);
  const hashes = texts.map((text) => of(text));
  assert.equal(new Set(hashes).size, texts.length);
  for (const half of [0, 1]) {
    const distinct = new Set(hashes.map((each) => each.split(",")[half])).size;
    // 200 000 draws from 2^32 are expected to collide 4.7 times.
    assert.ok(distinct > texts.length - 30, `half ${half}: ${texts.length - distinct} collisions`);
  }
});

it("parts are kept apart, and their order counts", () => {
  const hashes = [of("ab", "c"), of("a", "bc"), of("abc"), of("abc", ""), of("c", "ab"), of()];
  assert.equal(new Set(hashes).size, hashes.length);
});

it("changing one bit changes about half of the result", () => {
  let changed = 0;
  const rounds = 500;
  for (let i = 0; i < rounds; i++) {
    const [a, b] = [of(`text ${i} A`), of(`text ${i} C`)].map((each) => each.split(",").map(Number));
    for (const half of [0, 1]) changed += bits(a![half]! ^ b![half]!);
  }
  const share = changed / rounds / 64;
  assert.ok(share > 0.45 && share < 0.55, `${share} of the bits`);
});

function bits(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
