/** Two weeks of a shop's visitors as browsers report them: its checkout got slower with release 1.4. Seeded. */
import { seededRandom } from "../durability/server.ts";

const DAY_MS = 86_400_000;
const DAYS = 14;
const RELEASED_DAYS_AGO = 4;
const PAGES = [
  { page: "/", views: 20, lcpMs: 1500 },
  { page: "/products/4711", views: 24, lcpMs: 1900 },
  { page: "/checkout", views: 26, lcpMs: 2100 },
] as const;

interface Sent {
  readonly name: string;
  readonly value: number;
  readonly id: string;
  readonly pageUrl: string;
  readonly timestamp: number;
  readonly deviceType: string;
  readonly connectionType: string;
  readonly release: string;
  readonly traceId: string;
  readonly attribution: Readonly<Record<string, string | number>>;
}

/** @param productUrl of a product that this machine may send to without a key */
export async function sendShop(productUrl: string, nowMs: number): Promise<number> {
  const vitals = shopOf(nowMs);
  for (let from = 0; from < vitals.length; from += 100) {
    const answer = await fetch(`${productUrl}/api/web-vitals?project=default`, {
      method: "POST",
      headers: { "content-type": "text/plain", origin: "http://localhost:3000" },
      body: JSON.stringify(vitals.slice(from, from + 100)),
    });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  }
  return vitals.length;
}

function shopOf(nowMs: number): Sent[] {
  const random = seededRandom(2026);
  const noise = (): number =>
    Math.exp(0.35 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const vitals: Sent[] = [];
  for (let day = 0; day < DAYS; day++) {
    const isNew = day < RELEASED_DAYS_AGO;
    for (const { page, views, lcpMs } of PAGES) {
      for (let view = 0; view < views * (day === 0 ? 9 : 3); view++) {
        const isPhone = random() < 0.6;
        const factor = (isPhone ? 1.35 : 0.9) * (isNew && page === "/checkout" ? 2 : 1);
        const own = {
          pageUrl: `https://shop.example${page}`,
          // The last hour, or somewhen on that day.
          timestamp: Math.round(nowMs - (day === 0 ? random() * 3_000_000 : (day + random() * 0.9) * DAY_MS)),
          deviceType: isPhone ? "mobile" : "desktop",
          connectionType: random() < 0.15 ? "3g" : "4g",
          release: isNew ? "1.4.0" : "1.3.2",
          traceId: hex(random, 32),
        };
        const add = (name: string, value: number, attribution: Sent["attribution"]): void => {
          vitals.push({
            ...own,
            name,
            value: Math.round(value * 1e4) / 1e4,
            id: `v6-${vitals.length}-${day}`,
            attribution,
          });
        };
        const lcp = lcpMs * factor * noise();
        add("LCP", lcp, {
          target: "main>figure>img.hero",
          url: "https://cdn.shop.example/hero-2400.jpg",
          timeToFirstByte: lcp * 0.15,
          resourceLoadDelay: lcp * 0.12,
          resourceLoadDuration: lcp * 0.6,
          elementRenderDelay: lcp * 0.13,
        });
        const inp = 130 * factor * noise();
        add("INP", inp, {
          interactionTarget: "form>button.buy",
          inputDelay: inp * 0.1,
          processingDuration: inp * 0.75,
          presentationDelay: inp * 0.15,
          longestScriptUrl: "https://shop.example/assets/cart.js",
        });
        add("CLS", 0.03 * factor * noise(), { largestShiftTarget: "div.banner", largestShiftValue: 0.02 });
        add("FCP", 1100 * noise(), { timeToFirstByte: 500, firstByteToFCP: 600 });
        add("TTFB", 420 * noise(), { requestDuration: 350, connectionDuration: 70 });
      }
    }
  }
  return vitals;
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
}
