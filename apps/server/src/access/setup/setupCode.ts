import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whoever sets the product up from another machine shows with it that they can read what the start printed: otherwise the
 * first stranger to find an open port would own it. The same on every instance.
 */
export function setupCodeOf(authSecret: string): string {
  const digits = createHmac("sha256", authSecret)
    .update("setup code")
    .digest("hex")
    .slice(0, 16)
    .toUpperCase();
  return digits.match(/.{4}/g)?.join("-") ?? digits;
}

export function isSetupCode(authSecret: string, given: string | undefined): boolean {
  const expected = Buffer.from(setupCodeOf(authSecret));
  const presented = Buffer.from((given ?? "").trim().toUpperCase());
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
