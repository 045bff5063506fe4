/** Our cookies: their names, and reading better-auth's signed one without its machinery. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** `__Host-`: only over https, only from this very host, for all paths. https://www.rfc-editor.org/rfc/rfc6265#section-4.1 */
export function cookieName(name: string, isSecure: boolean): string {
  return `${isSecure ? "__Host-" : ""}tl_${name}`;
}

/** The first value of that name; null when there is none. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(";") ?? []) {
    const [key, ...rest] = pair.split("=");
    if (key?.trim() === name) return rest.join("=").trim();
  }
  return null;
}

const SIGNATURE_BYTES = 32;

/** The value of a signed cookie (`value.base64(HMAC-SHA-256)`, percent-encoded); null when it is forged or malformed. */
export function openSignedCookie(text: string, secret: string): string | null {
  const signed = decoded(text);
  const dot = signed?.lastIndexOf(".") ?? -1;
  if (signed === null || dot < 1) return null;
  const value = signed.slice(0, dot);
  const signature = Buffer.from(signed.slice(dot + 1), "base64");
  const expected = createHmac("sha256", secret).update(value).digest();
  return signature.length === SIGNATURE_BYTES && timingSafeEqual(signature, expected) ? value : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
