/** What was deployed where, by whom, how it ended, and the way to what changed with it. */
import type { DeploymentPage, DeploymentStatus } from "@throughline/contract";
import { useNews } from "../data/useNews.ts";
import { ChoiceFilter, FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import type { PageProps } from "../page.ts";
import { toDeployments, type DeploymentListFilter } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { DeploymentTable } from "./DeploymentTable.tsx";
import { TellDeployments } from "./TellDeployments.tsx";

const STATUSES: readonly DeploymentStatus[] = ["started", "succeeded", "failed", "cancelled"];
const KEPT = ["project"];

export function DeploymentsPage({ data, search }: PageProps<DeploymentPage>) {
  const { deployments, nextCursor, project } = data.value;
  // The list has no range; that of the stream does not matter to it.
  useNews("deployments", project.id, "1h");
  const filter = readFilter(search);
  const { cursor, ...unpaged } = filter;
  const isFiltered = Object.keys(unpaged).length > 0;
  if (deployments.length === 0 && !isFiltered && cursor === undefined)
    return (
      <Card title="No deployments yet" isFlush>
        <TellDeployments projectId={project.id} />
      </Card>
    );
  return (
    <div class="stack">
      <Filters key={search.toString()} filter={unpaged} isFiltered={isFiltered} search={search} />
      <Card
        title={cursor === undefined ? "Newest first" : "Newest first, continued"}
        isFlush
        aside={`${deployments.length} shown`}
      >
        {deployments.length === 0 ? (
          <EmptyState
            title="No deployment matches this filter"
            action={<ButtonLink href={toDeployments({}, search)}>Clear the filter</ButtonLink>}
          >
            Loosen the filter: service and environment are compared exactly.
          </EmptyState>
        ) : (
          <DeploymentTable deployments={deployments} />
        )}
      </Card>
      <nav class="pager" aria-label="More deployments">
        {cursor === undefined ? null : <ButtonLink href={toDeployments(unpaged, search)}>Newest</ButtonLink>}
        {nextCursor === null ? null : (
          <ButtonLink href={toDeployments({ ...unpaged, cursor: nextCursor }, search)}>
            Older deployments
          </ButtonLink>
        )}
      </nav>
      <details class="tell">
        <summary>Record deployments from a pipeline</summary>
        <TellDeployments projectId={project.id} />
      </details>
    </div>
  );
}

function Filters({
  filter,
  isFiltered,
  search,
}: {
  readonly filter: DeploymentListFilter;
  readonly isFiltered: boolean;
  readonly search: URLSearchParams;
}) {
  return (
    <FilterForm
      action="/deployments"
      kept={KEPT}
      toPage={(asked) => toDeployments(asked, search)}
      clearHref={isFiltered ? toDeployments({}, search) : null}
    >
      <TextFilter label="Service" name="service" value={filter.service} />
      <TextFilter label="Environment" name="environment" value={filter.environment} />
      <ChoiceFilter label="Status" name="status" value={filter.status} options={STATUSES} any="any" />
    </FilterForm>
  );
}

function readFilter(search: URLSearchParams): DeploymentListFilter {
  const names = ["service", "environment", "status", "cursor"] as const;
  return Object.fromEntries(
    names.flatMap((name) => (search.get(name) ? [[name, search.get(name) ?? ""]] : [])),
  );
}
