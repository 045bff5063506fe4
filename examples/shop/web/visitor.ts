import { createHash, randomUUID } from "node:crypto";
import { CUSTOMERS } from "../db/catalogue.ts";

const CART = /^[0-9a-f-]{36}$/;

/** Nobody signs in here: a cart belongs to a customer that follows from its id. */
export function customerOf(cartId: string): number {
  return 1 + (createHash("sha256").update(cartId).digest().readUInt32BE(0) % CUSTOMERS);
}

/** The cart of the cookie, or a new one when there is none or it is not ours. */
export function cartIdFrom(cookie: string | undefined): string {
  return cookie !== undefined && CART.test(cookie) ? cookie : randomUUID();
}
