/** What the live hub is told once a segment's rows are readable; carried in commit records so that replays tell it too. */
import type { TelemetryTable } from "../engines/telemetry/store.ts";
import type { StoredNotice } from "./types.ts";

/** Names of services kept per project and segment; a page update does not need more. */
const SERVICES_MAX = 500;

/** Adds up notices by tenant and project. */
export class NoticeTally {
  readonly #byProject = new Map<string, StoredNotice>();

  add(notice: StoredNotice): void {
    const key = JSON.stringify([notice.tenantId, notice.projectId]);
    const known = this.#byProject.get(key);
    this.#byProject.set(key, known === undefined ? notice : merged(known, notice));
  }

  list(): StoredNotice[] {
    return [...this.#byProject.values()];
  }

  /** Arrival of the oldest request among them, or null when there is none. */
  oldestReceivedAtMs(): number | null {
    let oldest: number | null = null;
    for (const notice of this.#byProject.values()) {
      if (oldest === null || notice.oldestReceivedAtMs < oldest) oldest = notice.oldestReceivedAtMs;
    }
    return oldest;
  }
}

function merged(left: StoredNotice, right: StoredNotice): StoredNotice {
  const rowsByTable: Partial<Record<TelemetryTable, number>> = { ...left.rowsByTable };
  for (const [table, rows] of Object.entries(right.rowsByTable) as [TelemetryTable, number][]) {
    rowsByTable[table] = (rowsByTable[table] ?? 0) + rows;
  }
  const services = right.services.every((service) => left.services.includes(service))
    ? left.services
    : [...new Set([...left.services, ...right.services])].slice(0, SERVICES_MAX);
  return {
    tenantId: left.tenantId,
    projectId: left.projectId,
    rowsByTable,
    services,
    newestTimeMs: Math.max(left.newestTimeMs, right.newestTimeMs),
    oldestReceivedAtMs: Math.min(left.oldestReceivedAtMs, right.oldestReceivedAtMs),
  };
}
