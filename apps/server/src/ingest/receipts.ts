/**
 * The sender's side of the ingest ledger: what was answered, per key, signal, minute of arrival and reason. Receipts
 * travel in the journal's commit records, so they are exactly as durable as the rows they speak of.
 */
import { COLUMNS } from "../engines/telemetry/columns.ts";
import type { Sender, Signal } from "./types.ts";

export interface Receipt {
  readonly tenantId: string;
  readonly projectId: string;
  readonly keyId: string;
  readonly signal: Signal;
  /** Empty for what was accepted, otherwise why items (or the whole request) were refused. */
  readonly reason: string;
  readonly minuteMs: number;
  readonly items: number;
  readonly requests: number;
  readonly wireBytes: number;
}

/** The receipt lines of one request. A request counts once, on its accepted line or, refused whole, on its reason. */
export function receiptsOf(
  sender: Sender,
  signal: Signal,
  receivedAtMs: number,
  wireBytes: number,
  accepted: number,
  refused: Readonly<Record<string, number | undefined>>,
): Receipt[] {
  const { tenantId, projectId, keyId } = sender;
  const base = { tenantId, projectId, keyId, signal, minuteMs: receivedAtMs - (receivedAtMs % 60_000) };
  const receipts: Receipt[] = [{ ...base, reason: "", items: accepted, requests: 1, wireBytes }];
  for (const [reason, items] of Object.entries(refused)) {
    if (items) receipts.push({ ...base, reason, items, requests: 0, wireBytes: 0 });
  }
  return receipts;
}

/** Receipts added up by their key. Insertion order never shows: `list` is sorted, so equal content is equal bytes. */
export class ReceiptTally {
  readonly #byKey = new Map<string, Receipt>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(receipt: Receipt): void {
    const key = JSON.stringify([
      receipt.tenantId,
      receipt.projectId,
      receipt.minuteMs,
      receipt.signal,
      receipt.keyId,
      receipt.reason,
    ]);
    const known = this.#byKey.get(key);
    this.#byKey.set(
      key,
      known === undefined
        ? receipt
        : {
            ...known,
            items: known.items + receipt.items,
            requests: known.requests + receipt.requests,
            wireBytes: known.wireBytes + receipt.wireBytes,
          },
    );
  }

  list(): Receipt[] {
    return [...this.#byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, receipt]) => receipt);
  }

  drain(): Receipt[] {
    const receipts = this.list();
    this.#byKey.clear();
    return receipts;
  }
}

/** Receipts as one ClickHouse Native block with the columns COLUMNS.ingest_receipts, strings sent plain. */
export function encodeReceipts(receipts: readonly Receipt[]): Buffer {
  const parts: Buffer[] = [varint(COLUMNS.ingest_receipts.length), varint(receipts.length)];
  for (const [name, type] of COLUMNS.ingest_receipts) {
    const isText = type === "LowCardinality(String)";
    parts.push(text(name), text(isText ? "String" : type));
    for (const receipt of receipts) parts.push(cell(receipt, name));
  }
  return Buffer.concat(parts);
}

function cell(receipt: Receipt, column: string): Buffer {
  switch (column) {
    case "tenant_id":
      return text(receipt.tenantId);
    case "project_id":
      return text(receipt.projectId);
    case "ingest_key":
      return text(receipt.keyId);
    case "signal":
      return text(receipt.signal);
    case "reason":
      return text(receipt.reason);
    case "time":
      return uint32(receipt.minuteMs / 1000);
    case "items":
      return uint64(receipt.items);
    case "requests":
      return uint64(receipt.requests);
    case "wire_bytes":
      return uint64(receipt.wireBytes);
    default:
      throw new Error(
        `ingest_receipts has a column "${column}" that receipts do not fill; add it in receipts.ts.`,
      );
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
