/**
 * Visitors of the shop: plain HTTP, think time, weighted choices, a bounded rate, and the same choices again for the
 * same seed. `node traffic.ts http://127.0.0.1:3400` runs it alone.
 */
import { setTimeout as wait } from "node:timers/promises";
import { categories, products } from "./db/catalogue.ts";

export interface TrafficOptions {
  url: string;
  /** Requests a second over all visitors, at most. */
  ratePerSecond?: number;
  /** How many at a time; enough for the rate when not given. */
  visitors?: number;
  seed?: number;
  signal: AbortSignal;
}

export interface TrafficCounts {
  requests: number;
  failures: number;
  orders: number;
}

const WORDS = [
  "lamp",
  "notebook",
  "paper",
  "moss",
  "pen",
  "ink",
  "cedar",
  "mug",
  "slate desk",
  "present",
  "chair",
];
/** So many visitors, with their think time, ask for one page a second. */
const VISITORS_PER_RATE = 2.2;
const THINK_MS = { min: 400, max: 3_500 };

/** mulberry32: small, fast, good enough to choose pages with. Returns numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One request of a visit. */
export interface Step {
  method: "GET" | "POST";
  path: string;
  form?: Record<string, string>;
}

/** What one visitor will do, decided beforehand: look, search, maybe buy. About one visit in four ends in an order. */
export function planVisit(random: () => number): Step[] {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const get = (path: string): Step => ({ method: "GET", path });
  // Squared: a few products are looked at far more often than the rest.
  const someProduct = () => 1 + Math.floor(random() ** 2 * products.length);

  const steps = [get("/")];
  const looks = 1 + Math.floor(random() * 5);
  let inCart = 0;
  for (let look = 0; look < looks; look++) {
    const mood = random();
    if (mood < 0.25) steps.push(get(`/search?q=${encodeURIComponent(pick(WORDS))}`));
    else if (mood < 0.45) steps.push(get(`/?category=${pick(categories)}`));
    else if (mood < 0.5) steps.push(get("/?page=2"));
    const productId = someProduct();
    steps.push(get(`/product/${productId}`));
    if (random() < 0.35) {
      steps.push({ method: "POST", path: "/cart", form: { productId: String(productId) } });
      inCart++;
    }
  }
  if (inCart > 0) {
    steps.push(get("/cart"));
    if (random() < 0.6) steps.push(get("/checkout"), { method: "POST", path: "/checkout", form: {} });
  }
  if (random() < 0.15) steps.push(get("/orders"));
  return steps;
}

/** Lets callers through one at a time, evenly spaced. */
function createPace(ratePerSecond: number, signal: AbortSignal) {
  let nextAt = 0;
  return async () => {
    const now = performance.now();
    const at = Math.max(now, nextAt);
    nextAt = at + 1000 / ratePerSecond;
    await wait(at - now, undefined, { signal });
  };
}

/** Sends visitors until the signal; resolves to what was counted. */
export async function drive(options: TrafficOptions): Promise<TrafficCounts> {
  const { url, ratePerSecond = 8, seed = 1, signal } = options;
  const visitors = options.visitors ?? Math.ceil(ratePerSecond * VISITORS_PER_RATE);
  const pace = createPace(ratePerSecond, signal);
  const counts: TrafficCounts = { requests: 0, failures: 0, orders: 0 };

  async function take(step: Step, cookie: string): Promise<string> {
    await pace();
    counts.requests++;
    try {
      const answer = await fetch(new URL(step.path, url), {
        method: step.method,
        redirect: "manual",
        headers: { cookie, "user-agent": "Mozilla/5.0 (shop visitor)" },
        body: step.form === undefined ? null : new URLSearchParams(step.form),
        signal,
      });
      await answer.arrayBuffer();
      if (answer.status >= 500) counts.failures++;
      else if (step.method === "POST" && step.path === "/checkout" && answer.status === 303) counts.orders++;
      return answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    } catch (error) {
      if (signal.aborted) throw error;
      counts.failures++;
      return cookie;
    }
  }

  async function beVisitor(random: () => number): Promise<void> {
    try {
      await wait(random() * THINK_MS.max, undefined, { signal });
      for (;;) {
        let cookie = "";
        for (const step of planVisit(random)) {
          cookie = await take(step, cookie);
          // A browser follows the redirect after a form at once.
          if (step.method === "POST")
            cookie = await take({ method: "GET", path: afterForm(step.path) }, cookie);
          await wait(THINK_MS.min + random() * (THINK_MS.max - THINK_MS.min), undefined, { signal });
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  await Promise.all(
    Array.from({ length: visitors }, (_, index) => beVisitor(seededRandom(seed * 7_919 + index))),
  );
  return counts;
}

const afterForm = (path: string) => (path === "/checkout" ? "/orders" : "/cart");

if (import.meta.main) {
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort());
  const counts = await drive({ url: process.argv[2] ?? "http://127.0.0.1:3400", signal: stopping.signal });
  process.stdout.write(`${counts.requests} requests, ${counts.failures} failed, ${counts.orders} orders\n`);
}
