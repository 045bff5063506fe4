import type { MonitoringAlert } from "@throughline/contract";
import type { ControlStore } from "../engines/control/index.ts";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { NEW_ERROR_MS, type OpenError, readOpenErrors } from "../errors/index.ts";
import { readSightings } from "../insight/errorGroups/index.ts";
import { about, linkTo, statusAt, type Told } from "./source.ts";

/** Errors that nobody has decided about: those that came back, and those first seen in the last day. */
export async function alertsOfErrors(
  control: ControlStore,
  reader: ScopedReader,
  nowMs: number,
): Promise<Told> {
  const open = await readOpenErrors(control, reader.scope, nowMs);
  const lastSeen = new Map<string, number>();
  for (const { fingerprint, lastSeenMs } of await readSightings(
    reader,
    open.map(({ fingerprint }) => fingerprint),
  ))
    lastSeen.set(fingerprint, Math.max(lastSeenMs, lastSeen.get(fingerprint) ?? 0));
  return {
    alerts: open.map((error) => {
      const seenMs = lastSeen.get(error.fingerprint) ?? null;
      return { ...alertOf(error, reader.scope.projectId), status: statusAt(seenMs, nowMs) };
    }),
    check: {
      type: "error",
      isChecked: true,
      text: `An error that was resolved and came back, until somebody decides about it, and one first seen in the last ${NEW_ERROR_MS / 3_600_000} hours that is still open.`,
    },
  };
}

function alertOf(
  { fingerprint, kind, service, type, message, release, traceId, sinceMs }: OpenError,
  project: string,
): Omit<MonitoringAlert, "status"> {
  const where = `${service === "" ? "" : ` in ${service}`}${release === "" ? "" : ` ${release}`}`;
  const name = type === "" ? "An error" : type;
  return {
    id: `error ${fingerprint}`,
    type: "error",
    severity: "warning",
    title: kind === "regressed" ? `${name} came back${where}` : `${name} is new${where}`,
    detail: message === "" ? "It has no message." : message,
    sinceMs,
    subject: about({ service: service === "" ? null : service, fingerprint, traceId }),
    link: linkTo(`/errors/${fingerprint}`, { project }),
  };
}
