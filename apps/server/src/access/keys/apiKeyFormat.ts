/** What an API key looks like, how one is made, and the only forms in which it is kept. See ingestKeyFormat.ts. */
import { hash, randomInt } from "node:crypto";

const MARK = "tl_api_";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 characters of 62 are 190 bits. */
const SECRET_LENGTH = 32;
const SHAPE = /^tl_api_[0-9A-Za-z]{32}$/;
const SHOWN_LENGTH = MARK.length + 4;

export function makeApiKey(): string {
  return MARK + Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

export function isApiKeyShaped(text: string): boolean {
  return SHAPE.test(text);
}

/** SHA-256, hex: a slow hash adds nothing to 190 random bits and would be paid by every request. */
export function hashOfApiKey(key: string): string {
  return hash("sha256", key, "hex");
}

/** Enough to recognise a key by, in lists and logs. */
export function prefixOfApiKey(key: string): string {
  return key.slice(0, SHOWN_LENGTH);
}
