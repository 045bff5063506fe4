/**
 * Brings bodies to the server: fetch with keepalive while the page is looked at, sendBeacon when it is left, one after
 * the other, oldest first. Bodies are text/plain, which needs no CORS preflight.
 */
import { options } from "./run.ts";

/** 20 000 characters are at most 60 kB of UTF-8; a browser takes 64 KiB of beacons at a time. */
export const BODY_CHARACTERS_MAX = 20_000;
/** Beyond it the oldest are dropped: a visitor without a network for hours must not pay with memory. */
const QUEUE_MAX = 40;
const BACKOFF_MS_MIN = 1000;
const BACKOFF_MS_MAX = 60_000;

let queue: [url: string, body: string][] = [];
let isDelivering = false;
/** The browser's own: requests of the SDK are not measured. */
const { fetch } = globalThis;

export function enqueue(path: string, body: string): void {
  // A beacon has no headers, so the key is in the address; a browser key is no secret.
  const url = `${(options?.endpoint ?? "").replace(/\/$/, "")}/api/${path}?key=${options?.key}`;
  queue = [...queue.slice(1 - QUEUE_MAX), [url, body]];
}

/** Now or never: what the browser does not take for delivery stays in the queue, for a page that is shown again. */
export function beaconAll(): void {
  if (navigator.onLine) queue = queue.filter(([url, body]) => !navigator.sendBeacon(url, body));
}

/** Until the queue is empty or the network is gone; one runs at a time. */
export async function deliver(): Promise<void> {
  if (isDelivering) return;
  isDelivering = true;
  for (let failures = 0; queue[0] && navigator.onLine;) {
    // Taken out while it is under way, so that a page that is left does not send it a second time.
    const [first, ...rest] = queue;
    queue = rest;
    let status = 0;
    try {
      const [url, body] = first;
      const keepalive = body.length <= BODY_CHARACTERS_MAX;
      ({ status } = await fetch(url, { method: "POST", body, credentials: "omit", keepalive }));
    } catch {
      // No answer is worth another try; a refusal is not, it would come again.
    }
    if (status && status < 500 && status !== 429) failures = 0;
    else {
      // Pages that lost the same server must not come back together.
      const backoffMs = Math.min(BACKOFF_MS_MIN * 2 ** failures++, BACKOFF_MS_MAX) * (1 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, backoffMs));
      // Not earlier: a page that is left sees its requests fail that were delivered, and would beacon them once more.
      queue = [first, ...queue].slice(0, QUEUE_MAX);
    }
  }
  isDelivering = false;
}

export function forgetQueue(): void {
  queue = [];
}
