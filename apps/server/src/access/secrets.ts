/**
 * Secrets that must be read again (TOTP seeds, client secrets, tokens of outside services), sealed with AES-256-GCM.
 * Sealed text reads `v1.<key id>.<nonce ‖ ciphertext ‖ tag, base64url>`; what it belongs to is authenticated with it, so a
 * sealed value that is copied to another row or column does not open. The first key seals, every key opens: to rotate, put
 * a new key in front of the old one, restart (which seals everything anew), then take the old one away.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { chmod, open, readFile } from "node:fs/promises";
import { join } from "node:path";

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_CHARACTERS_MIN = 32;
/** In the data folder, when THROUGHLINE_SECRET_KEY is not set. */
export const SECRET_KEY_FILE = "secret.key";

/** What the sealed password of a watched database belongs to. */
export const DATABASE_PASSWORD = "databases.password";

export interface SecretBox {
  /** @param belongsTo what the secret is of, e.g. `two_factors.secret`; needed again to open it. */
  seal(plain: string, belongsTo: string): string;
  /** @throws {SecretError} when no key fits, the text was altered, or it belongs to something else. */
  open(sealed: string, belongsTo: string): string;
  /** Whether the newest key sealed it. */
  isCurrent(sealed: string): boolean;
}

export class SecretError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SecretError";
  }
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * @param keyTexts one or more keys separated by commas or white space, newest first, each of at least 32 characters.
 * @throws {SecretError}
 */
export function createSecretBox(keyTexts: string): SecretBox {
  const keys = keyTexts
    .split(/[\s,]+/)
    .filter((text) => text !== "")
    .map((text) => keyOf(text));
  const [current] = keys;
  if (current === undefined) throw new SecretError("No secret key was given.");
  const keyById = new Map(keys.map((key) => [key.id, key]));
  return {
    seal(plain, belongsTo) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", current.bytes, nonce);
      cipher.setAAD(Buffer.from(belongsTo));
      const sealed = Buffer.concat([
        nonce,
        cipher.update(plain, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `${VERSION}.${current.id}.${sealed.toString("base64url")}`;
    },
    open(sealed, belongsTo) {
      const [version, keyId = "", text = "", ...rest] = sealed.split(".");
      if (version !== VERSION || rest.length > 0) throw new SecretError("This is not a sealed secret.");
      const key = keyById.get(keyId);
      if (key === undefined)
        throw new SecretError(
          `A stored secret was sealed with the key ${keyId}, which is not known here: ` +
            "add that key to THROUGHLINE_SECRET_KEY (newest first, separated by commas).",
        );
      return decrypt(key.bytes, Buffer.from(text, "base64url"), belongsTo);
    },
    isCurrent: (sealed) => sealed.startsWith(`${VERSION}.${current.id}.`),
  };
}

/**
 * The key from the configuration, else from `<dataDir>/secret.key`, which is made at the first start and readable by its
 * owner only. Whoever backs up the control data needs this file too.
 */
export async function readSecretKey(configured: string | undefined, dataDir: string): Promise<string> {
  if (configured !== undefined) return configured;
  const path = join(dataDir, SECRET_KEY_FILE);
  try {
    // Exclusive: of two starts at the same moment one makes the file and the other reads it.
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(`${randomBytes(32).toString("base64url")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    await chmod(path, 0o600);
  }
  return (await readFile(path, "utf8")).trim();
}

function keyOf(text: string): Key {
  if (text.length < KEY_CHARACTERS_MIN)
    throw new SecretError(
      `A key in THROUGHLINE_SECRET_KEY has ${text.length} characters; ${KEY_CHARACTERS_MIN} random ones are needed, ` +
        "for example from: openssl rand -base64 32",
    );
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", text, "throughline", info, bytes));
  return { id: derive("key id", 4).toString("hex"), bytes: derive("secrets", 32) };
}

function decrypt(key: Buffer, sealed: Buffer, belongsTo: string): string {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SecretError("A sealed secret is cut short.");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(belongsTo));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([plain, decipher.final()]).toString("utf8");
  } catch {
    throw new SecretError(`A sealed secret (${belongsTo}) was altered or belongs to something else.`);
  }
}
