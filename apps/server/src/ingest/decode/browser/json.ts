/** A browser's body as a value, and what is wrong with one in words. */
import { isUtf8 } from "node:buffer";
import type { ZodError } from "zod";
import { IngestRefusal } from "../../types.ts";

/** @throws {IngestRefusal} malformed */
export function parseBody(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw malformed("it is not UTF-8");
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : "it can't be read");
  }
}

export function malformed(why: string): IngestRefusal {
  return new IngestRefusal("malformed", `The body is not what this address takes: ${why}.`);
}

/** The first thing that is wrong: `value: Invalid input: expected number, received string`. */
export function faultOf({ issues }: ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return "it is not valid";
  const path = issue.path.map(String).join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
