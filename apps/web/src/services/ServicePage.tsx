/** One service: its numbers, routes, errors, what it calls, where it runs. */
import type { LiveService, ServicePage as ServicePageData } from "@throughline/contract";
import { useComputed } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { useLive } from "../data/live.ts";
import { mergeSeries } from "../data/mergeSeries.ts";
import { ErrorList } from "../overview/ErrorList.tsx";
import { KpiCards } from "../overview/KpiCards.tsx";
import { rangeText } from "../overview/rangeText.ts";
import { RequestCharts } from "../overview/RequestCharts.tsx";
import { RouteTable } from "../overview/RouteTable.tsx";
import type { PageProps } from "../page.ts";
import { toTraces } from "../paths.ts";
import { TraceTable } from "../traces/TraceTable.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { DependencyTable, InstanceTable, MetricTable } from "./ServiceTables.tsx";
import { LogCounts } from "./LogCounts.tsx";

export function ServicePage({ data, update, params }: PageProps<ServicePageData>) {
  const { search } = useApp().view.value;
  const kpis = useComputed(() => data.value.kpis);
  const { project, range, service, routes, errors, slowTraces, metrics, dependencies, instances, logCounts } =
    data.value;
  useLive(
    range.key === "custom" ? null : { topics: ["service"], project: project.id, range: range.key, service },
    { service: (event) => update((shown) => applyLive(shown, event)) },
  );
  const isSilent = routes.length === 0 && instances.length === 0 && metrics.length === 0;
  if (isSilent) {
    return (
      <Card title={params.service ?? service}>
        <EmptyState title="This service sent nothing in this range">
          Choose a longer range above. A service that was renamed goes on under its new name.
        </EmptyState>
      </Card>
    );
  }
  return (
    <div class="stack">
      <KpiCards kpis={kpis} rangeText={rangeText(range)} />
      <RequestCharts data={data} />
      <div class="two">
        <Card title="Routes by share of time" isFlush>
          {routes.length === 0 ? (
            <p class="card-empty">This service answers no requests: it has no spans of kind server.</p>
          ) : (
            <RouteTable routes={routes} hasService={false} />
          )}
        </Card>
        <Card title="Latest errors">
          <ErrorList errors={errors} />
        </Card>
      </div>
      <div class="two">
        <Card
          title="Slowest traces"
          isFlush
          aside={
            <a class="link" href={toTraces({ service }, search)}>
              All traces
            </a>
          }
        >
          {slowTraces.length === 0 ? (
            <p class="card-empty">No traces in this range.</p>
          ) : (
            <TraceTable traces={slowTraces} hasService={false} />
          )}
        </Card>
        <Card title="Calls to others" isFlush>
          {dependencies.length === 0 ? (
            <p class="card-empty">No outgoing calls: no spans of kind client or producer.</p>
          ) : (
            <DependencyTable dependencies={dependencies} />
          )}
        </Card>
      </div>
      <div class="two">
        <LogCounts logCounts={logCounts} range={range} />
        <Card title="Instances" isFlush>
          {instances.length === 0 ? (
            <p class="card-empty">
              No instance named: set <code>service.instance.id</code> or <code>host.name</code>.
            </p>
          ) : (
            <InstanceTable instances={instances} />
          )}
        </Card>
      </div>
      {metrics.length === 0 ? null : (
        <Card title="Metrics" aside={`${metrics.length}`} isFlush>
          <MetricTable metrics={metrics} />
        </Card>
      )}
    </div>
  );
}

/** The page with what a live event brought. */
export function applyLive(shown: ServicePageData, event: LiveService): ServicePageData {
  if (event.service !== shown.service) return shown;
  const { kpis, routes, errors } = event;
  return { ...shown, ...mergeSeries(shown, event.seriesTail), kpis, routes, errors };
}
