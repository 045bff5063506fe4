/** Both stores with page views in them: for tests of budgets and of what is judged by them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VitalName } from "@throughline/contract";
import { bootstrap } from "../access/index.ts";
import { openControlStore, type ControlStore } from "../engines/control/index.ts";
import { COLUMNS, openTelemetryStore, type Scope, type TelemetryStore } from "../engines/telemetry/index.ts";

export interface BudgetRig {
  readonly control: ControlStore;
  readonly telemetry: TelemetryStore;
  readonly scope: Scope;
  insert(views: InsertedViews): Promise<void>;
  close(): Promise<void>;
}

export interface InsertedViews {
  readonly count: number;
  /** A ClickHouse expression of the row's `number`. */
  readonly value: number | string;
  readonly atMs: number;
  /** Spread evenly over so much time from `atMs` on; otherwise all at once. */
  readonly lengthMs?: number;
  readonly metric?: VitalName;
  readonly page?: string;
  readonly device?: string;
  readonly release?: string;
}

export async function openBudgetRig(): Promise<BudgetRig> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-budgets-"));
  const control = await openControlStore({ dataDir });
  const telemetry = await openTelemetryStore({ dataDir });
  const { tenantId } = await bootstrap(control);
  const scope = { tenantId, projectId: "default" };
  return {
    control,
    telemetry,
    scope,
    insert: async (views) => await telemetry.internal.command(insertOf(scope, views)),
    async close() {
      await telemetry.close();
      await control.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function insertOf(
  { tenantId, projectId }: Scope,
  {
    count,
    value,
    atMs,
    lengthMs = 0,
    metric = "LCP",
    page = "/",
    device = "desktop",
    release = "",
  }: InsertedViews,
): string {
  const own: Readonly<Record<string, string>> = {
    tenant_id: `'${tenantId}'`,
    project_id: `'${projectId}'`,
    metric: `'${metric}'`,
    page: `'${page}'`,
    path: `'${page}'`,
    time: `fromUnixTimestamp64Milli(toInt64(${Math.round(atMs)} + number * ${lengthMs / count}), 'UTC')`,
    id: "toString(generateUUIDv4())",
    sign: "1",
    value: String(value),
    navigation_type: "'navigate'",
    device_type: `'${device}'`,
    release: `'${release}'`,
  };
  const columns = COLUMNS.web_vitals.map(([name, type]) => {
    const expression = own[name];
    return expression === undefined
      ? `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}') AS ${name}`
      : `CAST(${expression} AS ${type}) AS ${name}`;
  });
  const names = COLUMNS.web_vitals.map(([name]) => name).join(", ");
  return `INSERT INTO web_vitals (${names}) SELECT ${columns.join(", ")} FROM numbers(${count})`;
}
