import type {
  AlertSeverity,
  Bottleneck,
  BottleneckList,
  BottleneckSeverity,
  MonitoringAlert,
} from "@throughline/contract";
import { about, linkTo, statusAt, type Told } from "./source.ts";

const SEVERITIES: Readonly<Record<BottleneckSeverity, AlertSeverity>> = {
  CRITICAL: "critical",
  HIGH: "warning",
  MEDIUM: "warning",
  LOW: "info",
};
/** A word of its own: a title is read without the page around it. */
const NAMES: Readonly<Record<Bottleneck["type"], string>> = {
  SLOW_QUERY: "Slow statement",
  HIGH_CPU: "Busy processor or event loop",
  MEMORY_LEAK: "Memory leak",
  CONNECTION_POOL_EXHAUSTION: "Connection pool used up",
  N_PLUS_ONE_QUERY: "Statement asked again and again",
  UNINDEXED_QUERY: "Missing index",
  LARGE_PAYLOAD: "Large payload",
};

/**
 * Bottlenecks of the last hour.
 * @param lastSeenMs when each service sent anything last; one that is not there sends metrics alone
 */
export function alertsOfBottlenecks(
  { bottlenecks, checks }: Pick<BottleneckList, "bottlenecks" | "checks">,
  lastSeenMs: ReadonlyMap<string, number>,
  project: string,
  nowMs: number,
): Told {
  const missing = checks.filter(({ isChecked }) => !isChecked);
  const types = missing.map(({ type }) => type).join(", ");
  return {
    alerts: bottlenecks.map((each) => ({
      ...alertOf(each, project),
      status: statusAt(lastSeenMs.get(each.service) ?? nowMs, nowMs),
    })),
    check: {
      type: "bottleneck",
      isChecked: missing.length < checks.length,
      text:
        missing.length === 0
          ? "A bottleneck of any of the seven types in the last hour."
          : `A bottleneck in the last hour. Not looked for, since what they need is not sent: ${types}; the page of bottlenecks says what that is.`,
    },
  };
}

function alertOf(
  { id, type, severity, service, subject, description, impact, affectedEndpoints, evidence }: Bottleneck,
  project: string,
): Omit<MonitoringAlert, "status"> {
  const [first, ...others] = affectedEndpoints;
  return {
    id: `bottleneck ${id}`,
    type: "bottleneck",
    severity: SEVERITIES[severity],
    title: `${NAMES[type]} in ${service}${subject === service ? "" : `: ${subject}`}`,
    detail: `${description} ${impact}`,
    sinceMs: null,
    subject: about({
      service,
      // One of several would be a wrong one for the others.
      route: others.length === 0 ? (first?.route ?? null) : null,
      bottleneck: type,
      queryHash: evidence.queryHash,
      instance: evidence.instance === "" ? null : evidence.instance,
      traceId: evidence.traceId,
    }),
    link: linkTo("/bottlenecks", { project, range: "1h" }),
  };
}
