/** The first screen: is it fast, is it up, where does the time go. */
import type { LiveOverview, Overview } from "@throughline/contract";
import { useComputed } from "@preact/signals";
import { useLive } from "../data/live.ts";
import { BottleneckCards } from "../bottlenecks/BottleneckCards.tsx";
import { HealthStrip } from "../health/HealthStrip.tsx";
import { mergeSeries } from "../data/mergeSeries.ts";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toServices } from "../paths.ts";
import { ServiceTable } from "../services/ServiceTable.tsx";
import { Card } from "../ui/Card.tsx";
import { ErrorList } from "./ErrorList.tsx";
import { KpiCards } from "./KpiCards.tsx";
import { ObservingItself, useFirstData } from "./ObservingItself.tsx";
import { Onboarding } from "./Onboarding.tsx";
import { Processes } from "./Processes.tsx";
import { rangeText } from "./rangeText.ts";
import { RequestCharts } from "./RequestCharts.tsx";
import { RouteTable } from "./RouteTable.tsx";
import { ServiceMap } from "./ServiceMap.tsx";
import { SlowQueries } from "./SlowQueries.tsx";

export function OverviewPage({ data, update, search }: PageProps<Overview>) {
  const { view } = useApp();
  const kpis = useComputed(() => data.value.kpis);
  const { project, range, routes, errors, services, health, bottlenecks } = data.value;
  const { resources, slowQueries, serviceMap } = data.value;
  const onEvent = useFirstData(project);
  useLive(range.key === "custom" ? null : { topics: ["overview"], project: project.id, range: range.key }, {
    overview: (event) => {
      update((shown) => applyLive(shown, event));
      onEvent();
    },
  });
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <div class="stack">
      <ObservingItself project={project} isChosen={search.has("project")} />
      <HealthStrip health={health} rangeText={rangeText(range)} />
      <KpiCards kpis={kpis} rangeText={rangeText(range)} />
      <RequestCharts data={data} />
      <BottleneckCards bottlenecks={bottlenecks} />
      <div class="two">
        <Card title="Routes by share of time" isFlush>
          {routes.length === 0 ? (
            <p class="card-empty">
              No requests in this range. Spans of kind <code>server</code> count as requests.
            </p>
          ) : (
            <RouteTable routes={routes} hasService />
          )}
        </Card>
        <Card title="Latest errors" aside={errors.length === 0 ? undefined : `${errors.length} kinds`}>
          <ErrorList errors={errors} />
        </Card>
      </div>
      <Processes resources={resources} range={range} markers={data.value.markers} />
      <SlowQueries queries={slowQueries} />
      <Card
        title="Services"
        isFlush
        aside={
          <a class="link" href={toServices(view.value.search)}>
            {services.length} in this range
          </a>
        }
      >
        {services.length === 0 ? (
          <p class="card-empty">No service sent anything in this range. Choose a longer one.</p>
        ) : (
          <ServiceTable services={services} rangeText={rangeText(range)} />
        )}
      </Card>
      <ServiceMap map={serviceMap} range={range} />
    </div>
  );
}

/** The page with what a live event brought. */
export function applyLive(shown: Overview, event: LiveOverview): Overview {
  const { health, kpis, services, routes, errors, newestDataMs } = event;
  return {
    ...shown,
    ...mergeSeries(shown, event.seriesTail),
    project: {
      ...shown.project,
      hasData: shown.project.hasData || newestDataMs !== null,
      lastSeenMs: newestDataMs ?? shown.project.lastSeenMs,
    },
    health,
    kpis,
    services,
    routes,
    errors,
    newestDataMs,
    ...event.beneath,
  };
}
