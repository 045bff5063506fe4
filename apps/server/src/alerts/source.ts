/** What every source of alerts gives, and what their alerts are made of. */
import type { AlertCheck, AlertSubject, MonitoringAlert } from "@throughline/contract";

export interface Told {
  readonly alerts: readonly MonitoringAlert[];
  readonly check: AlertCheck;
}

/** Something was measured within so much time, or its alerts are unconfirmed. */
const FRESH_MS = 10 * 60_000;

export function statusAt(measuredMs: number | null, nowMs: number): MonitoringAlert["status"] {
  return measuredMs !== null && nowMs - measuredMs <= FRESH_MS ? "active" : "unconfirmed";
}

const NOTHING: AlertSubject = {
  service: null,
  route: null,
  page: null,
  bottleneck: null,
  fingerprint: null,
  queryHash: null,
  instance: null,
  traceId: null,
};

/** What is not named is null. */
export const about = (subject: Partial<AlertSubject>): AlertSubject => ({ ...NOTHING, ...subject });

/** Path of one of the product's own pages. @param query what is null is left out */
export function linkTo(path: string, query: Readonly<Record<string, string | null>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null) search.set(name, value);
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}
