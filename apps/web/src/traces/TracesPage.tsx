/** Traces found by a filter. The address is the whole state: it can be sent to somebody. */
import type { MonitoringTraces } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toTraces, type TraceFilter } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Time } from "../ui/Time.tsx";
import { Durations } from "./Durations.tsx";
import { TraceFilters } from "./TraceFilters.tsx";
import { TraceTable } from "./TraceTable.tsx";
import "./traces.css";

export function TracesPage({ data, search }: PageProps<MonitoringTraces>) {
  const { view } = useApp();
  const { project, traces, nextCursor, histogram, searchedFromMs } = data.value;
  const isSpanSearch = search.has("name") || search.has("attribute");
  const filter = readFilter(search);
  const { cursor, ...unpaged } = filter;
  const isFiltered = Object.keys(unpaged).length > 0;
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <div class="stack">
      <TraceFilters key={view.value.search.toString()} filter={filter} />
      {histogram === null || histogram.count === 0 ? null : (
        <Durations histogram={histogram} filter={unpaged} />
      )}
      <Card
        title={cursor === undefined ? "Newest first" : "Newest first, continued"}
        isFlush
        aside={`${traces.length} shown`}
      >
        {traces.length === 0 ? (
          <EmptyState
            title={isFiltered ? "No trace matches this filter" : "No traces in this range"}
            action={
              isFiltered ? <ButtonLink href={toTraces({}, search)}>Clear the filter</ButtonLink> : undefined
            }
          >
            {isFiltered ? "Loosen the filter, or choose a longer range." : "Choose a longer range above."}
          </EmptyState>
        ) : (
          <TraceTable traces={traces} hasService />
        )}
      </Card>
      {isSpanSearch ? (
        <p class="muted traces-said">
          With a span’s name or an attribute every span that matches is listed, not only those that enter a
          service.
          {searchedFromMs === null ? null : (
            <>
              {" "}
              Looked through so far: what came since <Time ms={searchedFromMs} />. Older traces are on the
              next page.
            </>
          )}
        </p>
      ) : null}
      <nav class="pager" aria-label="More traces">
        {cursor === undefined ? null : <ButtonLink href={toTraces(unpaged, search)}>Newest</ButtonLink>}
        {nextCursor === null ? null : (
          <ButtonLink href={toTraces({ ...unpaged, cursor: nextCursor }, search)}>Older traces</ButtonLink>
        )}
      </nav>
    </div>
  );
}

function readFilter(search: URLSearchParams): TraceFilter {
  const text = (name: string): string | undefined => search.get(name) || undefined;
  const status = search.get("status");
  const filter = {
    service: text("service"),
    route: text("route"),
    minDurationMs: text("minDurationMs"),
    maxDurationMs: text("maxDurationMs"),
    status: status === "ok" || status === "error" ? status : undefined,
    name: text("name"),
    attribute: text("attribute"),
    cursor: text("cursor"),
  } satisfies TraceFilter;
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
