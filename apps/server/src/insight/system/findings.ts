/** What is wrong with the product itself, each with what to do. Pure: facts in, sentences out. */
import type { SystemPage } from "@throughline/contract";

export type Finding = SystemPage["findings"][number];
type Facts = Omit<SystemPage, "findings" | "status">;

const GIB = 1024 ** 3;
const DISK_WARN_BYTES = 2 * GIB;
const QUERY_ERRORS_MIN = 3;

/** Worst first. */
export function findingsOf(facts: Facts): Finding[] {
  const found = [
    ...ingestFindings(facts),
    ...quotaFindings(facts),
    ...storeFindings(facts),
    ...machineFindings(facts),
  ];
  const order: readonly Finding["severity"][] = ["error", "warn", "info"];
  return found.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** down: data is not stored or can't be read. degraded: something needs a person. */
export function statusOf(facts: Facts, findings: readonly Finding[]): SystemPage["status"] {
  if (!facts.telemetry.ok || !facts.control.ok || facts.ingest.state === "stopped") return "down";
  return findings.some(({ severity }) => severity !== "info") ? "degraded" : "ok";
}

function* ingestFindings({ ingest, ledger }: Facts): Generator<Finding> {
  const ageSeconds = Math.round((ingest.oldestUnstoredAgeMs ?? 0) / 1000);
  if (ingest.state === "stopped") {
    yield {
      severity: "error",
      text: `Ingestion has stopped: the oldest acknowledged row has waited ${ageSeconds} s for the telemetry store.`,
      remedy:
        ingest.lastLoadError ??
        "Nothing is lost: rows wait in the journal. Look at the telemetry store below.",
    };
  } else if (ageSeconds >= 10) {
    yield {
      severity: "warn",
      text: `Storing is behind: the oldest acknowledged row has waited ${ageSeconds} s.`,
      remedy:
        ingest.lastLoadError ??
        "It catches up by itself when fewer rows arrive or the machine has more to give.",
    };
  }
  if (ingest.lastLoadError !== null && ingest.state !== "stopped") {
    yield {
      severity: "warn",
      text: "The last load into the telemetry store failed and is tried again.",
      remedy: ingest.lastLoadError,
    };
  }
  const fill = ingest.journalBytes / ingest.journalLimitBytes;
  if (fill >= 0.5) {
    yield {
      severity: fill >= 0.9 ? "error" : "warn",
      text: `The journal is ${Math.round(fill * 100)} % full; at 100 % senders are asked to retry.`,
      remedy: "Send less, give the machine more, or raise THROUGHLINE_JOURNAL_LIMIT.",
    };
  }
  if (ingest.quarantinedSegments > 0) {
    yield {
      severity: "error",
      text: `${ingest.quarantinedSegments} journal segment(s) were refused by the engine and set aside.`,
      remedy:
        "They lie in the data folder under journal/quarantine; move them back and restart to try again, and report it.",
    };
  }
  if (ingest.overflowedTotal > 0) {
    yield {
      severity: "warn",
      text: `${ingest.overflowedTotal} items since the start named more routes, span names, series or pages than are kept apart; they are shown as (other).`,
      remedy:
        "Put route templates like /users/{id} into http.route, and ids into attributes instead of names.",
    };
  }
  const wrong = ledger.filter(({ difference }) => difference !== 0);
  if (wrong.length > 0) {
    const items = wrong.reduce((sum, { difference }) => sum + Math.abs(difference), 0);
    yield {
      severity: "error",
      text: `The ledger does not add up: ${items} items in ${wrong.length} line(s) of the last hour.`,
      remedy: "This is a defect of Throughline. Please report it with the lines below.",
    };
  }
}

function* quotaFindings({ quotas }: Facts): Generator<Finding> {
  for (const { organisation, kind, used, dailyMax, state } of quotas) {
    if (dailyMax === null || state === "ok") continue;
    const percent = Math.floor((used / dailyMax) * 100);
    yield {
      severity: "warn",
      text:
        state === "exceeded"
          ? `${organisation} has used up its daily quota of ${kind}: further ones are refused until 00:00 UTC.`
          : `${organisation} has used ${percent} % of its daily quota of ${kind}.`,
      remedy: "Send less, for example by sampling, or raise the quota under Settings, Usage.",
    };
  }
}

function* storeFindings({ telemetry, control, queries }: Facts): Generator<Finding> {
  if (!telemetry.ok) {
    yield {
      severity: "error",
      text: "The telemetry store does not answer.",
      remedy: telemetry.message ?? "See the log.",
    };
  }
  if (!control.ok) {
    yield {
      severity: "error",
      text: "The control store does not answer.",
      remedy: control.message ?? "See the log.",
    };
  }
  if (telemetry.memoryLimitBytes > 0 && telemetry.memoryBytes > 0.9 * telemetry.memoryLimitBytes) {
    yield {
      severity: "warn",
      text: "The telemetry engine uses more than 90 % of the memory it may.",
      remedy: "Raise THROUGHLINE_MEMORY_LIMIT, or ask for shorter time ranges.",
    };
  }
  for (const { name, errors, count } of queries) {
    if (errors < QUERY_ERRORS_MIN) continue;
    yield {
      severity: "warn",
      text: `The question ${name} failed ${errors} of ${count} times.`,
      remedy: "The log says why each time.",
    };
  }
}

function* machineFindings({ process }: Facts): Generator<Finding> {
  if (process.diskFreeBytes < DISK_WARN_BYTES) {
    yield {
      severity: "warn",
      text: `Only ${(process.diskFreeBytes / GIB).toFixed(1)} GiB are free where the data is stored.`,
      remedy: "Free some space or move the data folder; when it runs out, new data is refused.",
    };
  }
}
