import {
  ALERT_SEVERITIES,
  type AlertCheck,
  type AlertsFilter,
  type MonitoringAlert,
  type MonitoringAlerts,
  resolveRange,
  type UsageMeter,
} from "@throughline/contract";
import { z } from "zod";
import type { ControlStore } from "../engines/control/index.ts";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import type { Ingest } from "../ingest/index.ts";
import { readArrivals } from "../insight/arrivals/index.ts";
import { readBottlenecks, type ReadPlans } from "../insight/bottlenecks/index.ts";
import { decodeCursor, encodeCursor } from "../insight/cursor.ts";
import { readServices } from "../insight/index.ts";
import { alertsOfBottlenecks } from "./ofBottlenecks.ts";
import { alertsOfBudgets } from "./ofBudgets.ts";
import { alertsOfErrors } from "./ofErrors.ts";
import { alertsOfHealth } from "./ofHealth.ts";
import { alertsOfIngest, REFUSALS_MS } from "./ofIngest.ts";
import { alertsOfQuotas } from "./ofQuotas.ts";

export interface AlertSources {
  readonly control: ControlStore;
  readonly reader: ScopedReader;
  readonly ingest: Pick<Ingest, "status">;
  /** Null: the reader may not see them. */
  readonly meters: readonly UsageMeter[] | null;
  readonly readPlans: ReadPlans;
  readonly nowMs: number;
}

export interface Alerts {
  readonly alerts: readonly MonitoringAlert[];
  readonly checks: readonly AlertCheck[];
}

/** Worst first, then newest first. */
export async function readAlerts({
  control,
  reader,
  ingest,
  meters,
  readPlans,
  nowMs,
}: AlertSources): Promise<Alerts> {
  const hour = resolveRange({ range: "1h" }, nowMs);
  const project = reader.scope.projectId;
  const [ofBudgets, ofErrors, services, bottlenecks, arrivals] = await Promise.all([
    alertsOfBudgets(control, reader.scope),
    alertsOfErrors(control, reader, nowMs),
    readServices(reader, hour, nowMs),
    readBottlenecks(reader, hour, nowMs, readPlans),
    readArrivals(reader, nowMs, REFUSALS_MS),
  ]);
  const lastSeenMs = new Map(services.map((row) => [row.service, row.lastSeenMs]));
  const told = [
    alertsOfIngest(ingest.status(), arrivals, project, nowMs),
    alertsOfQuotas(meters, project),
    alertsOfHealth(services, project, nowMs),
    alertsOfBottlenecks(bottlenecks, lastSeenMs, project, nowMs),
    ofErrors,
    ofBudgets,
  ];
  return {
    alerts: told.flatMap(({ alerts }) => alerts).toSorted(inOrder),
    checks: told.map(({ check }) => check),
  };
}

interface Key {
  readonly severity: number;
  readonly sinceMs: number;
  readonly id: string;
}

const key: z.ZodType<Key> = z.object({
  severity: z.number().int(),
  sinceMs: z.number(),
  id: z.string(),
});

const keyOf = ({ severity, sinceMs, id }: MonitoringAlert): Key => ({
  severity: ALERT_SEVERITIES.indexOf(severity),
  sinceMs: sinceMs ?? 0,
  id,
});

const compare = (a: Key, b: Key): number =>
  a.severity - b.severity || b.sinceMs - a.sinceMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const inOrder = (a: MonitoringAlert, b: MonitoringAlert): number => compare(keyOf(a), keyOf(b));

/**
 * What a filter leaves of them, a page of it.
 * @throws {CursorError}
 */
export function pageOfAlerts(
  { alerts, checks }: Alerts,
  { type, severity, service, limit, cursor }: AlertsFilter,
): Pick<MonitoringAlerts, "alerts" | "total" | "checks" | "nextCursor"> {
  const after = decodeCursor(cursor, key);
  const found = alerts.filter(
    (each) =>
      (type === undefined || each.type === type) &&
      (severity === undefined || each.severity === severity) &&
      (service === undefined || each.subject.service === service),
  );
  const rest = after === undefined ? found : found.filter((each) => compare(keyOf(each), after) > 0);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return {
    alerts: shown,
    total: found.length,
    checks: checks.filter((each) => type === undefined || each.type === type),
    nextCursor: rest.length > limit && last !== undefined ? encodeCursor({ ...keyOf(last) }) : null,
  };
}
