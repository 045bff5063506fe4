/** What was deployed where, by whom, how it ended, and the way to what changed with it. */
import type { DeploymentPage, DeploymentStatus } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { useNews } from "../data/useNews.ts";
import type { PageProps } from "../page.ts";
import { toDeployments, type DeploymentListFilter } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Icon } from "../ui/Icon.tsx";
import { EmptyState } from "../ui/States.tsx";
import { DeploymentTable } from "./DeploymentTable.tsx";
import { TellDeployments } from "./TellDeployments.tsx";
import "../traces/traces.css";

const STATUSES: readonly DeploymentStatus[] = ["started", "succeeded", "failed", "cancelled"];

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
  const { navigate } = useApp();
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const wanted = { service: text("service"), environment: text("environment"), status: text("status") };
    void navigate(toDeployments(wanted, search));
  };
  const project = search.get("project");
  return (
    <search>
      <form class="filters" action="/deployments" onSubmit={apply}>
        {project === null ? null : <input type="hidden" name="project" value={project} />}
        <label class="filters-wide">
          Service
          <input
            type="search"
            name="service"
            placeholder="any"
            defaultValue={filter.service}
            autocomplete="off"
          />
        </label>
        <label class="filters-wide">
          Environment
          <input
            type="search"
            name="environment"
            placeholder="any"
            defaultValue={filter.environment}
            autocomplete="off"
          />
        </label>
        <label>
          Status
          <select name="status">
            <option value="" selected={filter.status === undefined}>
              any
            </option>
            {STATUSES.map((status) => (
              <option key={status} value={status} selected={filter.status === status}>
                {status}
              </option>
            ))}
          </select>
        </label>
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Find
          </Button>
          {isFiltered ? <ButtonLink href={toDeployments({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}

function readFilter(search: URLSearchParams): DeploymentListFilter {
  const names = ["service", "environment", "status", "cursor"] as const;
  return Object.fromEntries(
    names.flatMap((name) => (search.get(name) ? [[name, search.get(name) ?? ""]] : [])),
  );
}
