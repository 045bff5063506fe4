/** `GET /api/what-changed` over weeks, of vitals that browsers sent: a slower page told from other visitors. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { changesPage, type ChangesPage } from "@throughline/contract";
import { seededRandom } from "../../../../../test/durability/server.ts";
import { openTestProduct, type TestProduct } from "../testProduct.ts";

const DAY_MS = 86_400_000;
const DAYS = 20;
const DAYS_SINCE = 8;
let product: TestProduct;
/** Start of today, UTC; the change is at the start of a day. */
let todayMs: number;
let changeMs: number;
let posts = 0;

before(async () => {
  product = await openTestProduct();
  todayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  changeMs = todayMs - DAYS_SINCE * DAY_MS;
  const random = seededRandom(18);
  const noise = () =>
    Math.exp(0.3 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const vitals: object[] = [];
  const views = (
    pageUrl: string,
    aDay: number,
    phones: (isAfter: boolean, day: number) => number,
    slower = 1,
  ) => {
    for (let day = 1; day <= DAYS; day++) {
      const isAfter = day <= DAYS_SINCE;
      const dayMs = todayMs - day * DAY_MS;
      for (let view = 0; view < aDay; view++) {
        const isPhone = random() < phones(isAfter, day);
        vitals.push({
          name: "LCP",
          id: `v6-${vitals.length}`,
          value: Math.round((isPhone ? 3600 : 1500) * (isAfter ? slower : 1) * noise()),
          timestamp: dayMs + Math.floor((0.05 + 0.9 * random()) * DAY_MS),
          deviceType: isPhone ? "mobile" : "desktop",
          pageUrl,
        });
      }
    }
  };
  // Weekends have more phones on all of them.
  const weekend = (day: number) => (day % 7 < 2 ? 0.2 : 0);
  views("/slower", 150, (isAfter, day) => (isAfter ? 0.3 : 0.6) + weekend(day), 1.35);
  views("/visitors", 150, (isAfter, day) => (isAfter ? 0.7 : 0.1) + weekend(day));
  views("/rare", 8, () => 0.5, 3);
  for (let from = 0; from < vitals.length; from += 100) {
    const answer = await product.ask({
      remoteAddress: `127.0.${Math.floor(++posts / 50) % 256}.1`,
      method: "POST",
      url: "/api/web-vitals?project=default",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      payload: JSON.stringify(vitals.slice(from, from + 100)),
    });
    assert.equal(answer.statusCode, 200, answer.body);
  }
  const stored = await product.ask("/api/web-vitals?project=default&verify=true");
  assert.equal(stored.json<{ isVerified: boolean }>().isVerified, true, stored.body);
});
after(() => product.close());

async function read(query: Record<string, string>, days = DAYS): Promise<ChangesPage> {
  const range = { from: String(todayMs - days * DAY_MS), to: String(todayMs + DAY_MS / 2) };
  const answer = await product.ask(
    `/api/what-changed?${new URLSearchParams({ project: "default", metric: "LCP", ...range, ...query })}`,
  );
  assert.equal(answer.statusCode, 200, answer.body);
  return changesPage.parse(answer.json());
}

describe("what changed over weeks", () => {
  it("finds a slower page to the day, although its visitors got faster devices that day", async () => {
    const { moment, reason, isByDays } = await read({ page: "/slower" });
    assert.equal(isByDays, true);
    assert.ok(moment !== null, reason ?? "");
    assert.ok(Math.abs(moment.atMs - changeMs) <= DAY_MS, `${(moment.atMs - changeMs) / DAY_MS} days off`);
    assert.equal(moment.verdict, "worse");
    // With as many phones as before it would be slower still.
    assert.ok((moment.afterAtSameMix ?? 0) > (moment.after ?? Infinity), JSON.stringify(moment));
  });

  it("does not call a page slower whose visitors came with other devices", async () => {
    const page = await read({ page: "/visitors" });
    assert.equal(page.moment, null);
    assert.match(page.reason ?? "", /moved because its visitors did/);
    const { moment, candidates } = await read({ page: "/visitors", at: String(changeMs) });
    assert.equal(moment?.verdict, "no-change");
    assert.match(moment?.reason ?? "", /The visitors changed/);
    // What everybody sees went up all the same, and the answer says both.
    assert.ok((moment?.after ?? 0) > 1.3 * (moment?.before ?? 0), JSON.stringify(moment));
    assert.ok((moment?.afterAtSameMix ?? Infinity) < 1.1 * (moment?.before ?? 0), JSON.stringify(moment));
    assert.ok(candidates.some(({ id }) => id === "traffic:device"));
  });

  it("gives no verdict on fewer than 200 page views a side", async () => {
    const page = await read({ page: "/rare" });
    assert.equal(page.moment, null);
    assert.match(page.reason ?? "", /Not enough data for change points: 0 of the 8 whole days/);
    const { moment } = await read({ page: "/rare", at: String(changeMs) });
    assert.equal(moment?.verdict, "not-enough-data");
    assert.match(moment?.reason ?? "", /there are 96 before and 64 after/);
  });

  it("compares stretches of the course in shorter ranges, and never days of requests", async () => {
    assert.equal((await read({ page: "/slower" }, 13)).isByDays, false);
    assert.equal((await read({ metric: "p95" })).isByDays, false);
  });
});
