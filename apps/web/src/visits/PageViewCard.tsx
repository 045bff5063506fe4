/** One page view: its vitals, and what happened on an axis of time. */
import type { VisitPageView } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toTrace, toVisits } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { formatBytes, formatCount, formatDuration } from "../ui/format.ts";
import { Time } from "../ui/Time.tsx";
import { rowsOf } from "./timelineRows.ts";
import { Timeline } from "./Timeline.tsx";
import { NAVIGATIONS, RATING_TONES, ratingText, VITAL_TITLES, vitalText } from "./words.ts";

const ORDER = ["TTFB", "FCP", "LCP", "INP", "CLS"];

export function PageViewCard({ view, number }: { readonly view: VisitPageView; readonly number: number }) {
  const { search } = useApp().view.value;
  const vitals = view.vitals.toSorted((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  return (
    <Card
      title={
        <>
          <span class="muted">{number}</span> {view.title || view.page}
        </>
      }
      aside={
        <>
          <Time ms={view.startMs} isClockOnly />
          {view.loadDurationMs === null ? "" : `, loaded in ${formatDuration(view.loadDurationMs)}`}
        </>
      }
      class="page-view"
    >
      <p class="page-view-place muted">
        <a class="link" href={toVisits({ page: view.page }, search)} title="Visits of this page">
          {view.url}
        </a>
        {view.navigationType === "" ? null : <span>{NAVIGATIONS[view.navigationType]}</span>}
        {view.referrer === "" ? null : <span>from {view.referrer}</span>}
        {view.isTraceStored && view.traceId !== null ? (
          <a class="link" href={toTrace(view.traceId, search)}>
            trace of the page
          </a>
        ) : null}
      </p>
      {vitals.length === 0 ? null : (
        <ul class="page-view-vitals" aria-label="Web vitals">
          {vitals.map(({ name, value, rating }) => (
            <li key={name} title={VITAL_TITLES[name]}>
              <span class="muted">{name}</span>{" "}
              <Badge tone={RATING_TONES[rating]}>{vitalText(name, value)}</Badge>
              <span class="unseen">{ratingText(rating)}</span>
            </li>
          ))}
        </ul>
      )}
      <Timeline rows={rowsOf(view)} label={`What happened on ${view.title || view.page}`} />
      <Weight origins={view.origins} />
    </Card>
  );
}

function Weight({ origins }: { readonly origins: VisitPageView["origins"] }) {
  if (origins.length === 0) return null;
  const sum = (of: typeof origins): number =>
    of.reduce((bytes, { transferSizeBytes }) => bytes + transferSizeBytes, 0);
  const foreign = origins.filter(({ isThirdParty }) => isThirdParty);
  return (
    <details class="page-view-weight">
      <summary>
        {formatBytes(sum(origins))} over the network
        {foreign.length === 0
          ? ""
          : `, ${formatBytes(sum(foreign))} of it from ${formatCount(foreign.length)} other ${foreign.length === 1 ? "site" : "sites"}`}
      </summary>
      <ul>
        {origins.map(({ origin, isThirdParty, resources, scripts, transferSizeBytes }) => (
          <li key={origin}>
            <span>{origin}</span> {isThirdParty ? <Badge>other site</Badge> : null}
            <span class="muted">
              {formatBytes(transferSizeBytes)}, {formatCount(resources)} {resources === 1 ? "file" : "files"}
              {scripts === 0 ? "" : `, ${formatCount(scripts)} ${scripts === 1 ? "script" : "scripts"}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
