/**
 * The commit log of a segment: a header record, then one record per group commit. On disk a record is
 *   u32 payload length · u32 CRC-32 of (length, payload) · payload (JSON)
 * A record counts only when it is whole, its CRC holds and its sequence follows; the first that fails ends the log.
 */
import { crc32 } from "node:zlib";
import type { TelemetryTable } from "../../engines/telemetry/store.ts";
import type { Receipt } from "../receipts.ts";
import type { StoredNotice } from "../types.ts";

const FORMAT = 1;
const FRAME_BYTES = 8;

export interface SegmentHeader {
  readonly format: typeof FORMAT;
  /**
   * Random, new for every segment ever made: the base of its deduplication tokens. A segment number would not do,
   * numbers start again when the journal is empty, and a repeated token makes the engine drop new rows silently.
   */
  readonly token: string;
}

export interface AppendedRows {
  readonly table: TelemetryTable;
  /** Rows and bytes appended by this group, where its bytes end in the data file, and their CRC-32. */
  readonly rows: number;
  readonly sizeBytes: number;
  readonly endOffset: number;
  readonly crc: number;
}

export interface CommitRecord {
  /** 1, 2, 3 … within a segment. */
  readonly sequence: number;
  readonly appended: readonly AppendedRows[];
  readonly receipts: readonly Receipt[];
  readonly notices: readonly StoredNotice[];
}

export function encodeHeader(token: string): Buffer {
  const header: SegmentHeader = { format: FORMAT, token };
  return frame(header);
}

export function encodeCommit(record: CommitRecord): Buffer {
  return frame(record);
}

function frame(payload: SegmentHeader | CommitRecord): Buffer {
  const json = Buffer.from(JSON.stringify(payload), "utf8");
  const framed = Buffer.allocUnsafe(FRAME_BYTES + json.length);
  framed.writeUInt32LE(json.length, 0);
  framed.writeUInt32LE(crc32(json, crc32(framed.subarray(0, 4))), 4);
  json.copy(framed, FRAME_BYTES);
  return framed;
}

export interface ReadCommit {
  readonly record: CommitRecord;
  /** Where this record ends in the log. */
  readonly endOffset: number;
}

export interface ReadLog {
  /** Null when not even the header is whole: then nothing of the segment was ever acknowledged. */
  readonly header: SegmentHeader | null;
  readonly headerEnd: number;
  readonly commits: readonly ReadCommit[];
}

/** Reads as far as the log is whole. Never throws, whatever the bytes. */
export function readCommitLog(log: Buffer): ReadLog {
  const first = readFrame(log, 0);
  if (first === null || !isHeader(first.payload)) return { header: null, headerEnd: 0, commits: [] };
  const commits: ReadCommit[] = [];
  let offset = first.endOffset;
  for (;;) {
    const next = readFrame(log, offset);
    if (next === null || !isCommit(next.payload) || next.payload.sequence !== commits.length + 1) break;
    commits.push({ record: next.payload, endOffset: next.endOffset });
    offset = next.endOffset;
  }
  return { header: first.payload, headerEnd: first.endOffset, commits };
}

function readFrame(log: Buffer, offset: number): { payload: unknown; endOffset: number } | null {
  if (offset + FRAME_BYTES > log.length) return null;
  const endOffset = offset + FRAME_BYTES + log.readUInt32LE(offset);
  if (endOffset > log.length) return null;
  const json = log.subarray(offset + FRAME_BYTES, endOffset);
  if (crc32(json, crc32(log.subarray(offset, offset + 4))) !== log.readUInt32LE(offset + 4)) return null;
  try {
    return { payload: JSON.parse(json.toString("utf8")), endOffset };
  } catch {
    // A damaged payload that passes its CRC by chance (1 in 2^32) is damage all the same: the log ends here.
    return null;
  }
}

function isHeader(payload: unknown): payload is SegmentHeader {
  return (
    typeof payload === "object" &&
    payload !== null &&
    "format" in payload &&
    payload.format === FORMAT &&
    "token" in payload &&
    typeof payload.token === "string"
  );
}

function isCommit(payload: unknown): payload is CommitRecord {
  return (
    typeof payload === "object" &&
    payload !== null &&
    "sequence" in payload &&
    "appended" in payload &&
    Array.isArray(payload.appended) &&
    "receipts" in payload &&
    Array.isArray(payload.receipts) &&
    "notices" in payload &&
    Array.isArray(payload.notices)
  );
}
