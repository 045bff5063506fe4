/** Bodies as they were before compression, never larger than the limit: a bomb is refused while it unpacks. */
import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { IngestRefusal, type Compression } from "../types.ts";

const MIB = 1_048_576;
/** The output is best made in one piece; the sender's word for its size counts within these bounds. */
const CHUNK_BYTES_MIN = 64 * 1024;
const CHUNK_BYTES_MAX = 4 * MIB;
/** What telemetry shrinks to, roughly, where the format does not say how large the output is. */
const USUAL_RATIO = 8;

/** Throws IngestRefusal: `too_large` past the limit, `malformed` when the body is not what its header says. */
export function inflate(body: Uint8Array, compression: Compression, limitBytes: number): Uint8Array {
  if (compression === "identity") {
    if (body.length > limitBytes) throw tooLarge(limitBytes);
    return body;
  }
  // zlib cuts and reports ERR_BUFFER_TOO_LARGE as soon as the output passes the limit.
  const options = { maxOutputLength: limitBytes, chunkSize: chunkBytes(body, compression) };
  try {
    switch (compression) {
      case "gzip":
        return gunzipSync(body, options);
      case "zstd":
        return zstdDecompressSync(body, options);
      case "deflate":
        // HTTP's deflate is zlib's format, but some clients send the raw stream.
        return isZlib(body) ? inflateSync(body, options) : inflateRawSync(body, options);
      default:
        throw new IngestRefusal("unsupported", `Content-Encoding ${String(compression)} is not known.`);
    }
  } catch (error) {
    if (error instanceof IngestRefusal) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limitBytes);
    const why = error instanceof Error ? error.message : String(error);
    throw new IngestRefusal(
      "malformed",
      `The body of ${body.length} bytes is not ${compression} as its Content-Encoding says: ${why}.`,
    );
  }
}

/** gzip ends with the size of its content (RFC 1952, ISIZE): a hint, for a sender may write anything there. */
function chunkBytes(body: Uint8Array, compression: Compression): number {
  const end = body.length;
  const hint =
    compression === "gzip" && end >= 18
      ? ((body[end - 4]! | (body[end - 3]! << 8) | (body[end - 2]! << 16) | (body[end - 1]! << 24)) >>> 0) + 1
      : end * USUAL_RATIO;
  return Math.min(Math.max(hint, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
}

function isZlib(body: Uint8Array): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function tooLarge(limitBytes: number): IngestRefusal {
  return new IngestRefusal(
    "too_large",
    `The body is larger than ${Math.round(limitBytes / MIB)} MiB after decompression. Send smaller batches.`,
  );
}
