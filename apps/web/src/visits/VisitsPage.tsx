/** Visits found by a filter. The address is the whole state: numbers elsewhere link here with theirs. */
import type { VisitsPage as VisitsData } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toHelp, toVisits } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { readFilter, VisitFilters } from "./VisitFilters.tsx";
import { VisitTable } from "./VisitTable.tsx";
import "./visits.css";

export function VisitsPage({ data, search }: PageProps<VisitsData>) {
  const { view } = useApp();
  const { visits, nextCursor } = data.value;
  const filter = readFilter(search);
  const isFiltered = Object.keys(filter).some((name) => name !== "sort");
  const cursor = search.get("cursor");
  const order = filter.sort === "slowest" ? `Slowest ${filter.metric ?? "LCP"} first` : "Newest first";
  return (
    <div class="stack">
      <VisitFilters key={view.value.search.toString()} filter={filter} />
      <Card title={cursor === null ? order : `${order}, continued`} isFlush aside={`${visits.length} shown`}>
        {visits.length > 0 ? (
          <VisitTable visits={visits} />
        ) : isFiltered ? (
          <EmptyState
            title="No visit matches this filter"
            action={<ButtonLink href={toVisits({}, search)}>Clear the filter</ButtonLink>}
          >
            Loosen the filter, or choose a longer range.
          </EmptyState>
        ) : (
          <EmptyState
            title="No visits in this range"
            action={<ButtonLink href={toHelp(search)}>How to measure a site</ButtonLink>}
          >
            Visits come from the browser SDK: one script tag, with a browser key of the site.
          </EmptyState>
        )}
      </Card>
      <nav class="pager" aria-label="More visits">
        {cursor === null ? null : <ButtonLink href={toVisits(filter, search)}>First</ButtonLink>}
        {nextCursor === null ? null : (
          <ButtonLink href={toVisits({ ...filter, cursor: nextCursor }, search)}>More visits</ButtonLink>
        )}
      </nav>
      <p class="muted visit-privacy">
        A visit is a random id that ends with the tab. No cookie, no address of the visitor and no query of a
        page is stored.
      </p>
    </div>
  );
}
