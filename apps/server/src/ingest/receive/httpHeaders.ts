/** What the headers of an OTLP/HTTP request say about its body; refusals name what would be understood. */
import type { IncomingHttpHeaders } from "node:http";
import { WIRE_BODY_BYTES_MAX } from "../limits.ts";
import { IngestRefusal, type Compression, type WireEncoding } from "../types.ts";
import { tooLarge } from "./readBody.ts";

export const CONTENT_TYPES: Readonly<Record<string, WireEncoding>> = {
  "application/x-protobuf": "protobuf",
  "application/protobuf": "protobuf",
  "application/json": "json",
};

const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ["", "identity"],
  ["identity", "identity"],
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["zstd", "zstd"],
  ["deflate", "deflate"],
] as const);
export const ACCEPTED_COMPRESSIONS = "gzip, zstd, deflate, identity";

/** Null when the content type is none of OTLP's. */
export function encodingOf(headers: IncomingHttpHeaders): WireEncoding | null {
  const type = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return Object.hasOwn(CONTENT_TYPES, type) ? (CONTENT_TYPES[type] ?? null) : null;
}

export function mustKnowEncoding(headers: IncomingHttpHeaders): WireEncoding {
  const encoding = encodingOf(headers);
  if (encoding === null) throw unsupportedType(headers["content-type"]);
  return encoding;
}

export function unsupportedType(type: string | undefined): IngestRefusal {
  const found = type === undefined ? "has no content-type" : `is ${shortened(type)}`;
  return new IngestRefusal(
    "unsupported",
    `The request ${found}. Send application/x-protobuf or application/json.`,
  );
}

export function mustKnowCompression(header: string | readonly string[] | undefined): Compression {
  const name = String(header ?? "")
    .trim()
    .toLowerCase();
  const compression = COMPRESSIONS.get(name);
  if (compression === undefined) {
    throw new IngestRefusal(
      "unsupported",
      `The compression ${shortened(name)} is not supported. Use one of ${ACCEPTED_COMPRESSIONS}.`,
    );
  }
  return compression;
}

/** Refuses a body by its declared length, before any of it is read. */
export function checkDeclaredLength(headers: IncomingHttpHeaders): void {
  if (Number(headers["content-length"] ?? 0) > WIRE_BODY_BYTES_MAX) throw tooLarge();
}

function shortened(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
