/** A score with its status, and behind a button why it is what it is. */
import type { Health } from "@throughline/contract";
import { useId } from "preact/hooks";
import { Badge } from "../ui/Badge.tsx";
import { Bar } from "../ui/Share.tsx";
import { UNKNOWN } from "../ui/format.ts";
import { comparedText, statusText, trendText } from "./healthText.ts";
import "./health.css";

/** Of a row in a table. */
export function HealthCell({
  health,
  name,
  rangeText,
}: {
  readonly health: Health;
  readonly name: string;
  readonly rangeText: string;
}) {
  if (health.score === null || health.status === null)
    return (
      <span class="muted" title={health.reason ?? undefined}>
        {UNKNOWN}
      </span>
    );
  const { word, tone } = statusText(health.status);
  return (
    <span class="health-cell">
      <HealthWhy health={health} name={name} rangeText={rangeText}>
        <b>{Math.round(health.score)}</b> <Badge tone={tone}>{word}</Badge>
      </HealthWhy>
      <TrendMark health={health} />
    </span>
  );
}

export function TrendMark({ health: { trend } }: { readonly health: Health }) {
  if (trend === null || trend === "STABLE") return null;
  const { word, mark, tone } = trendText(trend);
  return (
    <span class={`health-trend tone-${tone}`}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  );
}

/** A button that opens the contributors of a score. */
export function HealthWhy({
  health,
  name,
  rangeText,
  children,
}: {
  readonly health: Health;
  readonly name: string;
  readonly rangeText: string;
  readonly children: preact.ComponentChildren;
}) {
  const id = useId();
  return (
    <>
      <button type="button" class="health-why" popovertarget={id} title={`Why: the health of ${name}`}>
        {children}
        <span class="unseen"> Why: the health of {name}</span>
      </button>
      <div id={id} popover="auto" class="health-popover" role="dialog" aria-label={`The health of ${name}`}>
        <p class="health-popover-title">
          {name}: {health.score === null ? "not known yet" : `${Math.round(health.score)} of 100`}
        </p>
        <p class="muted">{health.reason ?? comparedText(health, rangeText)}</p>
        <HealthParts health={health} hasText />
        <p class="muted">
          Score = half the weighted mean of the parts + half the worst part. Healthy from 80, degraded from
          60, unhealthy from 40, critical below.
        </p>
      </div>
    </>
  );
}

export function HealthParts({
  health,
  hasText,
}: {
  readonly health: Health;
  /** With the sentence of what was measured. */
  readonly hasText: boolean;
}) {
  return (
    <dl class="health-parts">
      {health.parts.map(({ id, title, score, weight, text }) => (
        <div key={id} title={hasText ? undefined : text}>
          <dt>
            {title} <small>{weight === 0 ? "does not count" : `${Math.round(weight * 100)} %`}</small>
          </dt>
          <dd>
            <b>{score === null ? UNKNOWN : Math.round(score)}</b>
            {score === null ? null : <Bar ratio={score / 100} />}
            {hasText ? <p>{text}</p> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
