import type { MonitoringAlert, ServiceRow } from "@throughline/contract";
import { about, linkTo, statusAt, type Told } from "./source.ts";

/** Services whose health of the last hour is not HEALTHY. */
export function alertsOfHealth(services: readonly ServiceRow[], project: string, nowMs: number): Told {
  const judged = services.filter(({ health }) => health.status !== null);
  const unknown = services.length - judged.length;
  return {
    alerts: judged.flatMap((row) => alertOf(row, project, nowMs)),
    check: {
      type: "health",
      isChecked: judged.length > 0,
      text:
        judged.length === 0
          ? "No service had enough requests in the last hour for a health score."
          : `A service whose health score of the last hour is below 80.${unknown === 0 ? "" : ` Not judged, for too few requests: ${unknown} of ${services.length} services.`}`,
    },
  };
}

function alertOf(
  { service, health, lastSeenMs }: ServiceRow,
  project: string,
  nowMs: number,
): MonitoringAlert[] {
  const { status, score, parts } = health;
  if (status === null || status === "HEALTHY" || score === null) return [];
  const reasons = parts.filter((part) => part.score !== null && part.score < 80);
  return [
    {
      id: `health ${service}`,
      type: "health",
      severity: status === "CRITICAL" ? "critical" : "warning",
      status: statusAt(lastSeenMs, nowMs),
      title: `${service} is ${status.toLowerCase()}: ${score} of 100`,
      detail: (reasons.length === 0 ? parts : reasons)
        .map(({ title, text }) => `${title}: ${text}`)
        .join(" "),
      sinceMs: null,
      subject: about({ service }),
      link: linkTo(`/services/${encodeURIComponent(service)}`, { project, range: "1h" }),
    },
  ];
}
