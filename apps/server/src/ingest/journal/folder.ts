/** Names in the journal folder, and making them survive a power cut. */
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";

export const DATA_TABLES: readonly TelemetryTable[] = [
  "spans",
  "exceptions",
  "logs",
  "metric_points",
  "web_vitals",
  "page_views",
  "browser_events",
  "resource_origins",
];
const SEGMENT_FILE = /^(\d{8,})\.(?:commit|[a-z_]+\.native)$/;

export function commitPath(folder: string, segment: number): string {
  return join(folder, `${numberText(segment)}.commit`);
}

export function dataPath(folder: string, segment: number, table: TelemetryTable): string {
  return join(folder, `${numberText(segment)}.${table}.native`);
}

export function quarantineFolder(folder: string): string {
  return join(folder, "quarantine");
}

/** The segment a file belongs to, or null when the file is not the journal's. */
export function segmentOf(fileName: string): number | null {
  const digits = SEGMENT_FILE.exec(fileName)?.[1];
  return digits === undefined ? null : Number(digits);
}

function numberText(segment: number): string {
  return String(segment).padStart(8, "0");
}

/** A new or renamed file survives a power cut only once its folder is synced too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of the buffers at the position, also when the system takes them in several bites. */
export async function writeAll(
  handle: FileHandle,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = withoutFirstBytes(rest, bytesWritten);
  }
}

function withoutFirstBytes(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skip = count;
  for (const [index, buffer] of buffers.entries()) {
    if (skip < buffer.byteLength) return [buffer.subarray(skip), ...buffers.slice(index + 1)];
    skip -= buffer.byteLength;
  }
  return [];
}
