import type { MonitoringAlert, UsageMeter } from "@throughline/contract";
import { about, linkTo, type Told } from "./source.ts";

/** @param meters null: the reader may not see them */
export function alertsOfQuotas(meters: readonly UsageMeter[] | null, project: string): Told {
  return {
    alerts: (meters ?? []).flatMap((meter) => alertOf(meter, project)),
    check: {
      type: "quota",
      isChecked: meters !== null,
      text:
        meters === null
          ? "Daily quotas are told to those who may see what was used of them."
          : "A daily quota of the organisation that is nearly or wholly used up.",
    },
  };
}

function alertOf({ kind, used, dailyMax, state }: UsageMeter, project: string): MonitoringAlert[] {
  if (state === "ok" || dailyMax === null) return [];
  const isExceeded = state === "exceeded";
  return [
    {
      id: `quota ${kind}`,
      type: "quota",
      severity: isExceeded ? "critical" : "warning",
      status: "active",
      title: isExceeded
        ? `The daily quota of ${kind} is used up`
        : `The daily quota of ${kind} is nearly used up`,
      detail: isExceeded
        ? `More ${kind} are refused until 00:00 UTC. Taken today: ${used} of ${dailyMax}.`
        : `Taken today: ${used} of ${dailyMax}. From ${dailyMax} on they are refused until 00:00 UTC.`,
      sinceMs: null,
      subject: about({}),
      link: linkTo("/settings/usage", { project }),
    },
  ];
}
