/** What happened at a moment of its own, outside of telemetry or first seen in it: deployments, releases, configuration. */
import type { AuditEntry, Deployment } from "@throughline/contract";
import type { FirstSeenRelease } from "../releases.ts";
import type { Found } from "./rank.ts";

/** How far a deployment is believed to have changed something, by how it ended. */
const STRENGTH = { succeeded: 1, started: 0.7, failed: 0.6, cancelled: 0.3 } as const;
/** Of another service than the one that is asked about: it may be called by it. */
const OTHER_SERVICE = 0.6;
const RELEASE_STRENGTH = 0.9;
const CONFIGURATION_STRENGTH = 0.4;

function concern(of: string, service: string | undefined): number {
  return service === undefined || of === "" || of === service ? 1 : OTHER_SERVICE;
}

export function deploymentCandidates(
  deployments: readonly Deployment[],
  service: string | undefined,
): Found[] {
  return deployments.map((deployment) => {
    const { id, release, environment, status, author, gitSha, message } = deployment;
    const what = [deployment.service, release].filter(Boolean).join(" ") || "The project";
    const facts = [
      environment === "" ? "" : `environment ${environment}`,
      author === "" ? "" : `by ${author}`,
      gitSha === "" ? "" : `commit ${gitSha.slice(0, 7)}`,
      message.split("\n", 1)[0] ?? "",
    ].filter(Boolean);
    return {
      id: `deployment:${id}`,
      kind: "deployment",
      title: status === "succeeded" ? `${what} deployed` : `${what}: deployment ${status}`,
      evidence: facts.length === 0 ? "Nothing more was told." : `${facts.join(", ")}.`,
      numbers: null,
      atMs: deployment.finishedAtMs ?? deployment.startedAtMs,
      strength: STRENGTH[status] * concern(deployment.service, service),
      direction: 0,
      target: { kind: "deployments", id: deployment.service },
    };
  });
}

/** Those that no deployment names: what is told and seen is one event. */
export function releaseCandidates(
  releases: readonly FirstSeenRelease[],
  deployments: readonly Deployment[],
  service: string | undefined,
): Found[] {
  return releases
    .filter(
      (release) =>
        !deployments.some(
          (told) =>
            told.release === release.release && (told.service === "" || told.service === release.service),
        ),
    )
    .map((release) => ({
      id: `release:${release.service}:${release.release}`,
      kind: "release",
      title: `${release.service === "" ? "The site's release" : release.service} ${release.release} first seen`,
      evidence: "Telemetry named it for the first time; nobody recorded a deployment of it.",
      numbers: null,
      atMs: release.firstSeenMs,
      strength: RELEASE_STRENGTH * concern(release.service, service),
      direction: 0,
      target: release.service === "" ? { kind: "none", id: "" } : { kind: "service", id: release.service },
    }));
}

/** Kinds of deeds that change what is measured or how it is handled; signing in and reading change nothing. */
const CONFIGURATION = /^(project|ingest-key|api-key|quota|sso|tenant|member)\.(?!export)/;

export function configurationCandidates(entries: readonly AuditEntry[]): Found[] {
  return entries
    .filter(({ action, result }) => result === "done" && CONFIGURATION.test(action))
    .map(({ id, action, atMs, actor, target, why }) => ({
      id: `configuration:${id}`,
      kind: "configuration",
      title: [action, target.name || target.id].filter(Boolean).join(" "),
      evidence: `By ${actor.name || actor.email || actor.kind}${why === "" ? "" : `: ${why}`}. Settings of Throughline itself; those of your services are not known here.`,
      numbers: null,
      atMs,
      strength: CONFIGURATION_STRENGTH,
      direction: 0,
      target: { kind: "audit", id: action },
    }));
}
