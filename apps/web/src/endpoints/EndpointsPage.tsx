/** Every endpoint, ranked. The address is the whole state: it can be sent to somebody. */
import type { EndpointList } from "@throughline/contract";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toEndpoints } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { formatShortCount } from "../ui/format.ts";
import { EndpointFilters } from "./EndpointFilters.tsx";
import { EndpointTable } from "./EndpointTable.tsx";
import { readEndpointFilter } from "./endpointFilter.ts";

export function EndpointsPage({ data, search }: PageProps<EndpointList>) {
  const { project, endpoints, totals, apdexMs } = data.value;
  const filter = readEndpointFilter(search);
  const isFiltered = filter.service !== undefined || filter.q !== undefined;
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <div class="stack">
      <EndpointFilters key={search.toString()} filter={filter} apdexMs={apdexMs} />
      <Card
        title="Endpoints"
        isFlush
        aside={`${endpoints.length} of ${formatShortCount(totals.endpoints)} · ${formatShortCount(totals.requests)} requests`}
      >
        {endpoints.length > 0 ? (
          <EndpointTable endpoints={endpoints} apdexMs={apdexMs} />
        ) : (
          <EmptyState
            title={isFiltered ? "No endpoint matches this filter" : "No requests in this range"}
            action={
              isFiltered ? (
                <ButtonLink href={toEndpoints({}, search)}>Clear the filter</ButtonLink>
              ) : undefined
            }
          >
            {isFiltered
              ? "Loosen the filter, or choose a longer range."
              : "Spans of kind server count as requests, by their http.route. Switch on your OpenTelemetry SDK's instrumentation of the HTTP server, or choose a longer range."}
          </EmptyState>
        )}
      </Card>
    </div>
  );
}
