/** Opaque cursors of paged reads: the sort key of the last row that was shown. */
import { z } from "zod";

/** Thrown for a cursor that can't be read; the message is meant for the caller, HTTP answers 400. */
export class CursorError extends Error {
  constructor(cause?: unknown) {
    super("The cursor can't be read: pass the nextCursor of the answer before, unchanged, or leave it out.", {
      cause,
    });
    this.name = "CursorError";
  }
}

/** A whole number that JavaScript's own numbers do not hold, and that the engine's type does. */
export const wholeNumberText = (max: bigint) =>
  z.string().refine((text) => /^\d{1,20}$/.test(text) && BigInt(text) <= max);

export function encodeCursor(key: Readonly<Record<string, string | number>>): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** @throws {CursorError} when it wasn't made by `encodeCursor` for the same read */
export function decodeCursor<Key>(cursor: string | undefined, shape: z.ZodType<Key>): Key | undefined {
  if (cursor === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch (error) {
    throw new CursorError(error);
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw new CursorError(parsed.error);
  return parsed.data;
}
