import type { ChangeCandidate, ChangesPage } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toAudit, toChanges, toDeployments, toError, toService } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Time } from "../ui/Time.tsx";
import { formatShortCount } from "../ui/format.ts";
import { formatDistance, formatIn } from "./metrics.ts";

/** From here on a candidate is said to stand out: docs/decisions/0018-what-changed.md. */
const STANDS_OUT = 0.3;

const KINDS: Readonly<Record<ChangeCandidate["kind"], string>> = {
  deployment: "Deployment",
  release: "Release",
  configuration: "Configuration",
  traffic: "Traffic mix",
  "third-party": "Third party",
  "page-weight": "Page weight",
  error: "New error",
  route: "New route",
};

export function Candidates({ data }: { readonly data: ChangesPage }) {
  const { moment, candidates, notLookedAt } = data;
  const outstanding = candidates.filter(({ score }) => score >= STANDS_OUT).length;
  const title = moment === null ? "What happened in this range" : "What changed around then";
  const aside =
    moment === null || candidates.length === 0
      ? undefined
      : outstanding === 0
        ? "nothing stands out"
        : `${outstanding} of ${candidates.length} stand out`;
  return (
    <Card title={title} isFlush aside={aside}>
      {candidates.length === 0 ? (
        <EmptyState
          title={moment === null ? "Nothing is known to have happened" : "Nothing was found near it"}
        >
          No deployment, release, new error, new route or change of the traffic was seen{" "}
          {moment === null ? "in this range" : "near this moment"}. Record deployments, so that they can be
          named here.
        </EmptyState>
      ) : (
        <ol class="candidates">
          {candidates.map((candidate) => (
            <Candidate key={candidate.id} candidate={candidate} isRanked={moment !== null} />
          ))}
        </ol>
      )}
      {notLookedAt.map(({ kind, reason }) => (
        <p key={kind} class="candidates-note">
          {KINDS[kind]} was not compared. {reason}
        </p>
      ))}
      {moment === null ? null : (
        <p class="candidates-note">
          Ranked by nearness in time × how much of the traffic it concerns × whether it points the same way,
          each 0 to 1. What comes first is where to look first: being near in time proves no cause.
        </p>
      )}
    </Card>
  );
}

function Candidate({
  candidate,
  isRanked,
}: {
  readonly candidate: ChangeCandidate;
  readonly isRanked: boolean;
}) {
  const { kind, title, evidence, numbers, atMs, distanceMs, score, proximity, strength } = candidate;
  const link = useTarget(candidate);
  return (
    <li class={score >= STANDS_OUT ? "candidate candidate-strong" : "candidate"}>
      <p class="candidate-kind">{KINDS[kind]}</p>
      <div class="candidate-what">
        <p class="candidate-title">{link === null ? title : <a href={link}>{title}</a>}</p>
        <p class="candidate-evidence">{evidence}</p>
        {numbers === null ? null : (
          <p class="candidate-numbers">
            <span>
              {formatIn(numbers.unit, numbers.before)} → <b>{formatIn(numbers.unit, numbers.after)}</b>
            </span>{" "}
            {numbers.unit === "count" ? null : (
              <span class="muted">
                n = {formatShortCount(numbers.nBefore)} before, {formatShortCount(numbers.nAfter)} after
              </span>
            )}
          </p>
        )}
      </div>
      <p class="candidate-when">
        {atMs === null ? (
          <span class="muted">both sides compared</span>
        ) : (
          <>
            <Time ms={atMs} precision="minute" />
            {distanceMs === null ? null : <small>{formatDistance(distanceMs)}</small>}
          </>
        )}
      </p>
      {isRanked ? (
        <p class="candidate-score" title={`nearness ${proximity} × strength ${strength}`}>
          <svg viewBox="0 0 48 4" width="48" height="4" aria-hidden="true">
            <rect class="score-all" width="48" height="4" rx="2" />
            <rect class="score-own" width={48 * score} height="4" rx="2" />
          </svg>
          <span class="unseen">Score </span>
          {score.toFixed(2)}
        </p>
      ) : null}
    </li>
  );
}

function useTarget({ target }: ChangeCandidate): string | null {
  const { search } = useApp().view.value;
  switch (target.kind) {
    case "deployments":
      return toDeployments(target.id === "" ? {} : { service: target.id }, search);
    case "service":
      return toService(target.id, search);
    case "audit":
      return toAudit({ action: target.id }, search);
    case "page":
      return toChanges({ metric: search.get("metric") ?? "LCP", page: target.id }, search);
    case "errors":
      return /^\d{1,20}$/.test(target.id) ? toError(target.id, search) : null;
    case "route":
    case "none":
      return null;
    default:
      return target.kind satisfies never;
  }
}
