/** Both stores with exceptions in them: for tests of errors and of what is decided about them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap } from "../access/index.ts";
import { openControlStore, type ControlStore } from "../engines/control/index.ts";
import { COLUMNS, openTelemetryStore, type Scope, type TelemetryStore } from "../engines/telemetry/index.ts";

export interface ErrorRig {
  readonly control: ControlStore;
  readonly telemetry: TelemetryStore;
  readonly scope: Scope;
  insert(errors: InsertedErrors): Promise<void>;
  close(): Promise<void>;
}

export interface InsertedErrors {
  readonly fingerprint: number;
  readonly atMs: number;
  readonly count?: number;
  /** Spread evenly over so much time from `atMs` on. */
  readonly lengthMs?: number;
  readonly service?: string;
  readonly release?: string;
  readonly type?: string;
  readonly message?: string;
  readonly route?: string;
  readonly source?: "span" | "log" | "browser";
  /** So many different ones, over and over. */
  readonly users?: number;
  readonly sessions?: number;
  readonly stack?: string;
  readonly isTraced?: boolean;
  readonly receivedAtMs?: number;
  readonly scope?: Scope;
}

export async function openErrorRig(): Promise<ErrorRig> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-errors-"));
  const control = await openControlStore({ dataDir });
  const telemetry = await openTelemetryStore({ dataDir });
  const { tenantId } = await bootstrap(control);
  const scope = { tenantId, projectId: "default" };
  return {
    control,
    telemetry,
    scope,
    insert: async (errors) => await telemetry.internal.command(insertOf(errors.scope ?? scope, errors)),
    async close() {
      await telemetry.close();
      await control.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function insertOf({ tenantId, projectId }: Scope, errors: InsertedErrors): string {
  const { count = 1, lengthMs = 0, users = 0, sessions = 0, fingerprint, atMs } = errors;
  const pair = (name: string, of: number): string =>
    of === 0 ? "" : `'${name}', concat('${name}-', toString(number % ${of}))`;
  const pairs = [pair("user.id", users), pair("session.id", sessions)].filter((text) => text !== "");
  const text = (value: string): string => `'${value.replaceAll("'", "\\'")}'`;
  const own: Readonly<Record<string, string>> = {
    tenant_id: text(tenantId),
    project_id: text(projectId),
    service: text(errors.service ?? "shop-api"),
    time: `fromUnixTimestamp64Milli(toInt64(${Math.round(atMs)}) + toInt64(number * ${lengthMs / count}), 'UTC')`,
    fingerprint: String(fingerprint),
    type: text(errors.type ?? "TypeError"),
    message: text(errors.message ?? "x is not a function"),
    stacktrace: text(errors.stack ?? ""),
    escaped: "number % 2",
    source: text(errors.source ?? "span"),
    route: text(errors.route ?? "/orders"),
    service_version: text(errors.release ?? ""),
    trace_id: errors.isTraced === true ? "unhex(leftPad(hex(number + 1), 32, '0'))" : "''",
    attributes: pairs.length === 0 ? "map()" : `map(${pairs.join(", ")})`,
    weight: "1",
    received_at: `toDateTime(${Math.floor((errors.receivedAtMs ?? Date.now()) / 1000)}, 'UTC')`,
  };
  const columns = COLUMNS.exceptions.map(([name, type]) => {
    const expression = own[name];
    return expression === undefined
      ? `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}') AS ${name}`
      : `CAST(${expression} AS ${type}) AS ${name}`;
  });
  const names = COLUMNS.exceptions.map(([name]) => name).join(", ");
  return `INSERT INTO exceptions (${names}) SELECT ${columns.join(", ")} FROM numbers(${count})`;
}
