/** The way of the data itself: not stored, not arriving any more, or refused. */
import type { MonitoringAlert } from "@throughline/contract";
import type { IngestStatus } from "../ingest/index.ts";
import type { Arrivals } from "../insight/arrivals/index.ts";
import { about, linkTo, type Told } from "./source.ts";

const MINUTE_MS = 60_000;
/** Refusals are counted over so much time. */
export const REFUSALS_MS = 15 * MINUTE_MS;
/** A signal that arrived in so many minutes of its last hour is a steady one. */
export const STEADY_MINUTES_MIN = 30;
/** And has stopped after so much silence: exporters send every minute at least. */
export const SILENT_MS = 10 * MINUTE_MS;
/** Fewer refusals are a sender's slip. */
export const REFUSED_MIN = 10;
export const REFUSED_SHARE_MIN = 0.01;
const REFUSED_SHARE_CRITICAL = 0.5;

export type IngestFacts = Pick<IngestStatus, "state" | "oldestUnstoredAgeMs">;

export function alertsOfIngest(
  facts: IngestFacts,
  arrivals: readonly Arrivals[],
  project: string,
  nowMs: number,
): Told {
  // What waits in the journal has arrived, although no receipt can be read of it yet.
  const knownUntilMs = nowMs - (facts.oldestUnstoredAgeMs ?? 0);
  return {
    alerts: [
      ...stored(facts, project, nowMs),
      ...arrivals.flatMap((each) => [
        ...silent(each, project, knownUntilMs),
        ...refusing(each, project, nowMs),
      ]),
    ],
    check: {
      type: "ingest",
      isChecked: arrivals.length > 0,
      text:
        arrivals.length === 0
          ? "Nothing arrived for this project in the last seven days."
          : `Acknowledged rows that are not stored, a signal that arrived steadily and has been silent for ${SILENT_MS / MINUTE_MS} minutes and more, and refusals of ${REFUSED_SHARE_MIN * 100} % and more in the last ${REFUSALS_MS / MINUTE_MS} minutes.`,
    },
  };
}

function stored(
  { state, oldestUnstoredAgeMs }: IngestFacts,
  project: string,
  nowMs: number,
): MonitoringAlert[] {
  if (state === "running") return [];
  const waits =
    oldestUnstoredAgeMs === null
      ? ""
      : ` The oldest acknowledged row has waited ${Math.round(oldestUnstoredAgeMs / 1000)} s for the telemetry store.`;
  return [
    {
      id: "ingest store",
      type: "ingest",
      severity: state === "stopped" ? "critical" : "warning",
      status: "active",
      title: state === "stopped" ? "Ingestion has stopped" : "Storing what arrives is behind",
      detail:
        `${waits} Numbers of the newest minutes are missing on all pages. Nothing that was acknowledged is lost.`.trim(),
      sinceMs: oldestUnstoredAgeMs === null ? null : nowMs - oldestUnstoredAgeMs,
      subject: about({}),
      link: linkTo("/system", { project }),
    },
  ];
}

function silent(
  { signal, lastMs, steadyMinutes }: Arrivals,
  project: string,
  knownUntilMs: number,
): MonitoringAlert[] {
  if (lastMs === null || steadyMinutes < STEADY_MINUTES_MIN) return [];
  // The minute itself was not over.
  const sinceMs = lastMs + MINUTE_MS;
  if (knownUntilMs - sinceMs < SILENT_MS) return [];
  return [
    {
      id: `ingest silent ${signal}`,
      type: "ingest",
      severity: "warning",
      status: "active",
      title: `No ${nameOf(signal)} arrive any more`,
      detail: `They came in ${steadyMinutes} of the 60 minutes before and stopped. What is sent no more can't be judged: other alerts of it stay unconfirmed.`,
      sinceMs,
      subject: about({}),
      link: linkTo("/system", { project }),
    },
  ];
}

function refusing(
  { signal, accepted, refused, refusedByReason, refusedMinutesMs }: Arrivals,
  project: string,
  nowMs: number,
): MonitoringAlert[] {
  const share = refused / Math.max(1, accepted + refused);
  if (refused < REFUSED_MIN || share < REFUSED_SHARE_MIN) return [];
  const reasons = Object.entries(refusedByReason)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${count}`);
  return [
    {
      id: `ingest refused ${signal}`,
      type: "ingest",
      severity: share >= REFUSED_SHARE_CRITICAL ? "critical" : "warning",
      status: "active",
      title: `${nameOf(signal)[0]?.toUpperCase() ?? ""}${nameOf(signal).slice(1)} are refused`,
      detail: `${refused} refused and ${accepted} taken in the last ${REFUSALS_MS / MINUTE_MS} minutes. Why: ${reasons.join(", ")}. Senders were told what to do in the answer; a request that was refused whole counts as one.`,
      sinceMs: startOfRun(refusedMinutesMs, nowMs),
      subject: about({}),
      link: linkTo("/system", { project }),
    },
  ];
}

/** First minute of those that follow each other up to now; a pause as long as the window ends a run. */
function startOfRun(minutesMs: readonly number[], nowMs: number): number | null {
  let startMs: number | null = null;
  for (const minuteMs of minutesMs.toReversed()) {
    if ((startMs ?? nowMs) - minuteMs > REFUSALS_MS + MINUTE_MS) break;
    startMs = minuteMs;
  }
  return startMs;
}

const nameOf = (signal: string): string => (signal === "web_vitals" ? "web vitals" : signal);
