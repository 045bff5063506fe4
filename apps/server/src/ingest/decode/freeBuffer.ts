/** Gives memory back at once. */
import { isMarkedAsUntransferable } from "node:worker_threads";

/** Smaller ones may be slices of Node's shared pool, and are cheap to leave to the garbage collector. */
const WORTH_BYTES = 64 * 1024;

/**
 * Frees the memory below `bytes`, which reads as empty from then on; only its owner may call this. A request leaves
 * half a megabyte behind, and each 32 MiB of such make V8 mark its whole heap: a tenth of the time of a busy thread.
 */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < WORTH_BYTES) return;
  if (!isMarkedAsUntransferable(buffer)) buffer.transfer(0);
}
