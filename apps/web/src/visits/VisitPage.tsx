/** One visit, page view by page view, on axes of time. */
import type { Visit } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toVisits } from "../paths.ts";
import { formatCount, formatDuration } from "../ui/format.ts";
import { Time } from "../ui/Time.tsx";
import { PageViewCard } from "./PageViewCard.tsx";
import { deviceText } from "./words.ts";
import "./visits.css";

export function VisitPage({ data }: PageProps<Visit>) {
  const { search } = useApp().view.value;
  const visit = data.value;
  const { pageViews, startMs, durationMs, release, environment, hiddenItems } = visit;
  const errors = pageViews.flatMap(({ items }) => items).filter(({ type }) => type === "error").length;
  const facts = [
    ["Device", [deviceText(visit.deviceType), visit.connectionType].filter(Boolean).join(", ")],
    ["Country", visit.country],
    ["Release", [release, environment].filter(Boolean).join(", ")],
    ["Pages", formatCount(pageViews.length)],
    ["Errors", formatCount(errors)],
  ] as const;
  return (
    <div class="stack">
      <section class="card visit-summary" aria-label="Summary">
        <div>
          <h2>
            {formatDuration(durationMs)} <span class="muted">from</span> <Time ms={startMs} />
          </h2>
          <p class="muted">
            Visit <code>{visit.sessionId.slice(0, 12)}</code> ·{" "}
            <a class="link underlined" href={toVisits({}, search)}>
              all visits
            </a>
          </p>
        </div>
        <dl class="visit-facts">
          {facts.map(([name, value]) =>
            value === "" ? null : (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
          )}
        </dl>
      </section>
      {pageViews.map((view, index) => (
        <PageViewCard key={view.pageViewId} view={view} number={index + 1} />
      ))}
      {hiddenItems > 0 ? (
        <p class="muted">{formatCount(hiddenItems)} more items of this visit are stored and not shown.</p>
      ) : null}
      <p class="muted visit-privacy">
        Who this was is not known: a visit is a random id that ends with the tab, and addresses are kept
        without their query.
      </p>
    </div>
  );
}
