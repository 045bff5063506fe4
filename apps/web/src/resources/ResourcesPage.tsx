/** What processes, machines and pools use. Service and instance are in the address. */
import type { ResourceChart, ResourcePage } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { chartMarkers } from "../deployments/chartMarkers.ts";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toResources } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { InstanceTable } from "./InstanceTable.tsx";
import { UseChart } from "./UseChart.tsx";
import "./resources.css";

const GROUPS = [
  { group: "process", title: "Processes" },
  { group: "database", title: "Database connections" },
  { group: "host", title: "The machine" },
] as const;

export function ResourcesPage({ data }: PageProps<ResourcePage>) {
  const { search } = useApp().view.value;
  const cursorMs = useSignal<number | null>(null);
  const { project, charts, instances, filter, markers } = data.value;
  const marks = chartMarkers(markers, search);
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <div class="stack">
      <Chosen filter={filter} search={search} />
      {GROUPS.map(({ group, title }) => (
        <section class="stack" key={group} aria-label={title}>
          <h2 class="resources-group">{title}</h2>
          <div class="resources-charts">
            {charts
              .filter((chart) => chart.group === group && chart.missing === null)
              .map((chart) => (
                <UseChart
                  key={chart.id}
                  chart={chart}
                  data={data.value}
                  cursorMs={cursorMs}
                  markers={marks}
                />
              ))}
          </div>
          <Missing
            title={title}
            charts={charts.filter((chart) => chart.group === group && chart.missing !== null)}
          />
        </section>
      ))}
      <Card title="Instances" isFlush aside={`${instances.length} in this range`}>
        {instances.length === 0 ? (
          <p class="card-empty">
            No process sent metrics in this range. Import <code>@throughline/node</code>, or switch on your
            SDK's runtime metrics.
          </p>
        ) : (
          <InstanceTable instances={instances} />
        )}
      </Card>
    </div>
  );
}

function Chosen({
  filter,
  search,
}: {
  readonly filter: ResourcePage["filter"];
  readonly search: URLSearchParams;
}) {
  const { service, instance } = filter;
  if (service === undefined && instance === undefined)
    return (
      <p class="resources-chosen muted">
        All services. Choose one, or one of its instances, in the table below.
      </p>
    );
  return (
    <p class="resources-chosen">
      Only <b>{[service, instance].filter(Boolean).join(" · ")}</b>{" "}
      <ButtonLink href={toResources({}, search)} kind="quiet">
        Show all
      </ButtonLink>
    </p>
  );
}

/** What is not sent takes a line, not the room of a chart. */
function Missing({
  title: of,
  charts,
}: {
  readonly title: string;
  readonly charts: readonly ResourceChart[];
}) {
  if (charts.length === 0) return null;
  return (
    <Card title={`${of}: not sent in this range`}>
      <dl class="resources-missing">
        {charts.map(({ id, title, missing }) => (
          <div key={id}>
            <dt>{title}</dt>
            <dd>{missing}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
