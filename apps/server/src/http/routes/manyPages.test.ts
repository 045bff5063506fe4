/** More addresses than a project may have pages: bounded, in sight, and no percentile wrong. Against a recount. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SystemPage, VitalPages, VitalsPage } from "@throughline/contract";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

/** As `GUARD_LIMITS` has them. */
const PAGES_MAX = 1000;
const ADDRESSES = 3000;
let product: TestProduct;

/** Words, which are no ids: each address is a page of its own. */
const word = (index: number): string =>
  String(index).replaceAll(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "");
const valueOf = (index: number): number => 500 + ((index * 7919) % ADDRESSES);
const p75 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(0.75 * values.length) - 1] ?? Number.NaN;
const indexes = Array.from({ length: ADDRESSES }, (_, index) => index);

before(async () => {
  product = await openTestProduct();
  await post(indexes.map((index) => ({ ...vital(index), pageUrl: `/${word(index)}` })));
  // As many addresses of one kind are one page.
  await post(
    indexes.map((index) => ({ ...vital(ADDRESSES + index), pageUrl: `/orders/${100_000 + index}` })),
  );
  const stored = await product.ask("/api/web-vitals?project=default&verify=true");
  assert.equal(stored.json<{ isVerified: boolean }>().isVerified, true, stored.body);
});
after(() => product.close());

const vital = (index: number) => ({ name: "LCP", value: valueOf(index % ADDRESSES), id: `v6-${index}` });

let posts = 0;
async function post(vitals: readonly object[]): Promise<void> {
  for (let from = 0; from < vitals.length; from += 100) {
    const answer = await product.ask({
      remoteAddress: `127.1.${Math.floor(++posts / 50) % 256}.1`,
      method: "POST",
      url: "/api/web-vitals?project=default",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      payload: JSON.stringify(vitals.slice(from, from + 100)),
    });
    assert.equal(answer.statusCode, 200, answer.body);
  }
}

async function lcpOf(query: string): Promise<VitalsPage["vitals"][number]> {
  const answer = await product.ask(`/api/web-vitals?project=default&range=1h${query}`);
  const found = answer.json<VitalsPage>().vitals.find(({ name }) => name === "LCP");
  assert.ok(found !== undefined, answer.body);
  return found;
}

describe("more addresses than pages", () => {
  it("leave the first ones as they are, and each later one in one page that says so", async () => {
    const known = await lcpOf(`&page=/${word(17)}`);
    assert.deepEqual([known.sampleCount, known.value], [1, valueOf(17)]);
    const other = await lcpOf("&page=(other)");
    // `/orders/:id` came later than the bound, too.
    const beyond = [...indexes.slice(PAGES_MAX), ...indexes].map(valueOf);
    assert.equal(other.sampleCount, beyond.length);
    assert.ok(Math.abs((other.value ?? 0) / p75(beyond) - 1) < 0.02, `${other.value} for ${p75(beyond)}`);
    const pages = (await product.ask("/api/web-vitals/pages?project=default&range=1h")).json<VitalPages>();
    assert.ok(JSON.stringify(pages).includes("(other)"), "the shared page is in the list");
  });

  it("change nothing of the site: every page view counts once, and its percentile is the recount's", async () => {
    const site = await lcpOf("");
    const all = [...indexes, ...indexes].map(valueOf);
    assert.equal(site.sampleCount, all.length);
    assert.ok(Math.abs((site.value ?? 0) / p75(all) - 1) < 0.02, `${site.value} for ${p75(all)}`);
  });

  it("are counted where the operator looks", async () => {
    const { ingest } = (await product.ask("/api/system")).json<SystemPage>();
    assert.equal(ingest.overflowedTotal, 2 * ADDRESSES - PAGES_MAX);
  });
});
