/** Daily quotas, in the terms of ingest: which kinds of items a request has, and the refusal past a quota. */
import { IngestRefusal, type DecodedBatch, type Sender, type Signal } from "./types.ts";

/** `events` are log records with an event name and whatever browsers send, `logs` are the other log records. */
export type QuotaKind = "spans" | "logs" | "points" | "events";

/** Supplied by access/. Both answer at once, from memory: every request asks. */
export interface IngestQuotas {
  isExceeded(sender: Sender, kind: QuotaKind, nowMs: number): boolean;
  /** They are durable and acknowledged. */
  count(sender: Sender, kind: QuotaKind, items: number, nowMs: number): void;
}

const KINDS: Readonly<Record<Signal, readonly QuotaKind[]>> = {
  traces: ["spans"],
  metrics: ["points"],
  logs: ["logs", "events"],
  web_vitals: ["events"],
  events: ["events"],
};

const DAY_MS = 86_400_000;

/** Kinds of this signal that the sender may send no more today. */
export function exceededKinds(
  quotas: IngestQuotas,
  sender: Sender,
  signal: Signal,
  nowMs: number,
): readonly QuotaKind[] {
  return KINDS[signal].filter((kind) => quotas.isExceeded(sender, kind, nowMs));
}

/** Null as long as something of this signal may still be sent. */
export function quotaRefusal(
  quotas: IngestQuotas,
  sender: Sender,
  signal: Signal,
  nowMs: number,
): IngestRefusal | null {
  const exceeded = exceededKinds(quotas, sender, signal, nowMs);
  return exceeded.length < KINDS[signal].length ? null : quotaExceeded(exceeded, nowMs);
}

export function quotaExceeded(kinds: readonly QuotaKind[], nowMs: number): IngestRefusal {
  return new IngestRefusal(
    "quota_exceeded",
    `The daily quota of ${kinds.join(" and ")} is used up. It starts anew at 00:00 UTC.`,
    Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000),
  );
}

export function countTaken(
  quotas: IngestQuotas,
  sender: Sender,
  signal: Signal,
  batch: Pick<DecodedBatch, "accepted" | "events">,
  nowMs: number,
): void {
  const { accepted, events } = batch;
  const add = (kind: QuotaKind, items: number): void => {
    if (items > 0) quotas.count(sender, kind, items, nowMs);
  };
  if (signal === "logs") {
    add("logs", accepted - events);
    add("events", events);
  } else for (const kind of KINDS[signal]) add(kind, accepted);
}
