/** What processes, machines and pools use. Service and instance are in the address. */
import type { ResourceChart, ResourcePage } from "@throughline/contract";
import { useSignal, type Signal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toCustomRange, toResources } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { SeriesTone } from "../ui/chart/TimeChart.tsx";
import { formatBytes, formatDuration, formatNumber } from "../ui/format.ts";
import { InstanceTable } from "./InstanceTable.tsx";
import "./resources.css";

const GROUPS = [
  { group: "process", title: "Processes" },
  { group: "database", title: "Database connections" },
  { group: "host", title: "The machine" },
] as const;

const TONES: readonly SeriesTone[] = ["mid", "high", "low", "warn", "bad", "accent"];

export function ResourcesPage({ data }: PageProps<ResourcePage>) {
  const { search } = useApp().view.value;
  const cursorMs = useSignal<number | null>(null);
  const { project, charts, instances, filter } = data.value;
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
                <Chart key={chart.id} chart={chart} data={data.value} cursorMs={cursorMs} />
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

function Chart({
  chart,
  data,
  cursorMs,
}: {
  readonly chart: ResourceChart;
  readonly data: ResourcePage;
  readonly cursorMs: Signal<number | null>;
}) {
  const { view, navigate } = useApp();
  const { format, formatTick, unit } = FORMATS[chart.unit];
  const hidden = chart.hiddenLines === 0 ? "" : ` · ${chart.hiddenLines} more not drawn`;
  return (
    <ChartCard
      title={`${chart.title}${chart.note === null ? "" : `, ${chart.note}`}${hidden}`}
      label={chart.title}
      unit={unit}
      timesMs={data.timesMs}
      fromMs={data.range.fromMs}
      toMs={data.range.toMs}
      series={chart.lines.map(({ label, values }, index) => ({
        label,
        values:
          chart.unit === "ratio" ? values.map((value) => (value === null ? null : value * 100)) : values,
        tone: TONES[index] ?? "accent",
      }))}
      format={format}
      formatTick={formatTick}
      cursorMs={cursorMs}
      emptyText="Not sent in this range"
      onZoom={(fromMs, toMs) =>
        void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs))
      }
    />
  );
}

const FORMATS: Readonly<
  Record<
    ResourceChart["unit"],
    {
      readonly unit: string;
      readonly format: (value: number) => string;
      readonly formatTick: (value: number) => string;
    }
  >
> = {
  ratio: { unit: "%", format: (value) => `${formatNumber(value)} %`, formatTick: formatNumber },
  B: { unit: "", format: formatBytes, formatTick: formatBytes },
  "B/s": { unit: "/s", format: (value) => `${formatBytes(value)}/s`, formatTick: formatBytes },
  ms: { unit: "ms", format: formatDuration, formatTick: formatNumber },
  count: { unit: "", format: formatNumber, formatTick: formatNumber },
};
