/** Reads a request body into memory of its own, counted against the budget of all bodies while it arrives. */
import type { Readable } from "node:stream";
import { overloaded } from "../admission.ts";
import { WIRE_BODY_BYTES_MAX } from "../limits.ts";
import { IngestRefusal, type Ingest } from "../types.ts";

const MIB = 1024 * 1024;

export type BodyBudget = Pick<Ingest, "tryReserve" | "release">;

/** The sender went away before the body was complete: there is nobody left to answer. */
export class BodyAborted extends Error {
  constructor() {
    super("The sender closed the connection before its request was complete.");
    this.name = "BodyAborted";
  }
}

export interface ReadBody {
  /** Owns its ArrayBuffer alone, so that a worker can take it over without a copy. */
  readonly bytes: Uint8Array;
  /** Gives the room back; call it once the bytes are handed on. */
  readonly release: () => void;
}

/** Rejects with IngestRefusal (`too_large`, `overloaded`) or BodyAborted; the stream is then left paused. */
export async function readBody(stream: Readable, budget: BodyBudget, bytesMax: number): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onData = (chunk: Uint8Array): void => {
    if (sizeBytes + chunk.byteLength > bytesMax) return reject(tooLarge(bytesMax));
    if (!budget.tryReserve(chunk.byteLength)) return reject(overloaded("too many bytes are under way"));
    sizeBytes += chunk.byteLength;
    chunks.push(chunk);
  };
  const onClose = (): void => reject(new BodyAborted());
  stream.on("data", onData).once("end", resolve).once("close", onClose).once("error", onClose);
  try {
    await promise;
  } catch (error) {
    budget.release(sizeBytes);
    stream.pause();
    throw error;
  } finally {
    stream.off("data", onData).off("end", resolve).off("close", onClose);
  }
  return { bytes: joined(chunks, sizeBytes), release: () => budget.release(sizeBytes) };
}

function joined(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(sizeBytes));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

export function tooLarge(bytesMax = WIRE_BODY_BYTES_MAX): IngestRefusal {
  const size = bytesMax >= MIB ? `${bytesMax / MIB} MiB` : `${bytesMax / 1024} KiB`;
  return new IngestRefusal("too_large", `The request is larger than ${size}. Send fewer items per request.`);
}
