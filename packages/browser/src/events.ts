/** What a visitor did, in the site's own words. */
import { record } from "./buffer.ts";
import type { AttributeValue } from "./options.ts";
import { clip } from "./values.ts";

const ATTRIBUTES_MAX = 32;

export function recordEvent(name: string, given: Readonly<Record<string, unknown>>): void {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(given).slice(0, ATTRIBUTES_MAX)) {
    if (!key || value === null || value === undefined) continue;
    // JSON has no NaN and no Infinity.
    const isKept = typeof value === "boolean" || Number.isFinite(value);
    attributes[clip(key, 64)] = isKept ? (value as AttributeValue) : clip(value, 1024);
  }
  // "Add to cart" and add-to-cart mean add_to_cart.
  const known = clip(name, 64)
    .toLowerCase()
    .replace(/[^\w.]/g, "_");
  if (/^[a-z]/.test(known)) record({ type: "event", timeMs: Date.now(), name: known, attributes });
}
