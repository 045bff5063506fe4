/** The moments that charts mark: deployments as they were told, and releases that were first seen in telemetry. */
import type { Deployment, Marker } from "@throughline/contract";
import type { FirstSeenRelease } from "../../insight/index.ts";

/** A release that is first seen this long after its deployment was told is the same event. */
const SAME_EVENT_MS = 24 * 3_600_000;

/**
 * Oldest first.
 * @param service only those of this service, and deployments of the whole project
 */
export function markersOf(
  deployments: readonly Deployment[],
  releases: readonly FirstSeenRelease[],
  service?: string,
): Marker[] {
  const concerns = (of: string): boolean => service === undefined || of === service || of === "";
  const told = deployments.filter((each) => concerns(each.service));
  const seen = releases.filter((each) => concerns(each.service) && !told.some((one) => isOf(one, each)));
  return [...told.map(markOfDeployment), ...seen.map(markOfRelease)].toSorted((a, b) => a.timeMs - b.timeMs);
}

function isOf(deployment: Deployment, release: FirstSeenRelease): boolean {
  const isSameService = deployment.service === "" || deployment.service === release.service;
  const apartMs = Math.abs(momentOf(deployment) - release.firstSeenMs);
  return isSameService && deployment.release === release.release && apartMs <= SAME_EVENT_MS;
}

/** When it took effect: its end; its start while it runs. */
export function momentOf({ finishedAtMs, startedAtMs }: Deployment): number {
  return finishedAtMs ?? startedAtMs;
}

const VERBS = {
  started: "deployment started",
  succeeded: "deployed",
  failed: "deployment failed",
  cancelled: "deployment cancelled",
} as const;

function markOfDeployment(deployment: Deployment): Marker {
  const { id, service, release, environment, status } = deployment;
  const where = environment === "" ? "" : ` to ${environment}`;
  return {
    id: `deployment:${id}`,
    kind: "deployment",
    timeMs: momentOf(deployment),
    label: `${[service, release].filter(Boolean).join(" ") || "project"} ${VERBS[status]}${where}`,
    service,
    release,
    environment,
    status,
  };
}

function markOfRelease({ service, release, firstSeenMs }: FirstSeenRelease): Marker {
  return {
    id: `release:${service}:${release}`,
    kind: "release",
    timeMs: firstSeenMs,
    label: `${service === "" ? "site" : service} ${release} first seen`,
    service,
    release,
    environment: "",
    status: null,
  };
}
