/** What an ingest key looks like, how one is made, and the only forms in which it is kept. */
import { hash, randomInt } from "node:crypto";

const MARK = "tl_ingest_";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 24 characters of 62 are 142 bits. */
const SECRET_LENGTH = 24;
const SHAPE = /^tl_ingest_[0-9A-Za-z]{22,64}$/;
const SHOWN_LENGTH = MARK.length + 4;

export function makeIngestKey(): string {
  return MARK + Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

export function isIngestKeyShaped(text: string): boolean {
  return SHAPE.test(text);
}

/** SHA-256 of the whole key, hex: a slow hash adds nothing to 142 random bits and would be paid by every request. */
export function hashOfIngestKey(key: string): string {
  return hash("sha256", key, "hex");
}

/** Enough to recognise a key by, in lists and logs; 24 of its 142 bits. */
export function prefixOfIngestKey(key: string): string {
  return key.slice(0, SHOWN_LENGTH);
}
