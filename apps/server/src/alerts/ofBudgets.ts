import type { MonitoringAlert } from "@throughline/contract";
import { hasJudgedBudgets, readOpenBreaches, type OpenBreach } from "../budgets/index.ts";
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope } from "../engines/telemetry/index.ts";
import { about, linkTo, type Told } from "./source.ts";

/** Budgets and published thresholds that pages are over, as they were judged last. */
export async function alertsOfBudgets(control: ControlStore, { tenantId, projectId }: Scope): Promise<Told> {
  const [breaches, isChecked] = await Promise.all([
    readOpenBreaches(control, tenantId, projectId),
    hasJudgedBudgets(control, tenantId, projectId),
  ]);
  return {
    alerts: breaches.map((breach) => alertOf(breach, projectId)),
    check: {
      type: "budget",
      isChecked,
      text: isChecked
        ? "A page whose 75th percentile of a vital is over its target, surely and not by chance. It lasts until enough page views show that the target is met again."
        : "No page had enough views to be judged yet: browsers send them with @throughline/browser.",
    },
  };
}

function alertOf({ page, device, metric, target, sinceMs }: OpenBreach, project: string): MonitoringAlert {
  const where = `${page === "" ? "the whole site" : page}${device === null ? "" : ` on ${device}`}`;
  return {
    id: `budget ${page} ${device ?? ""} ${metric}`,
    type: "budget",
    severity: "warning",
    status: "active",
    title: `${metric} is over its target on ${where}`,
    detail: `The 75th percentile is above ${target}${metric === "CLS" ? "" : " ms"}, surely and not by chance.`,
    sinceMs,
    subject: about({ page: page === "" ? null : page }),
    link: linkTo("/vitals", { project, page: page === "" ? null : page, device }),
  };
}
