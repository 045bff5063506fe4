/** How fast these pages themselves are, told by the browsers of those who use them. */
import type { OwnMetric, OwnPerformance } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toSystem, toVisits } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { formatCount, formatDuration, formatNumber, UNKNOWN } from "../ui/format.ts";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { VITAL_TITLES, vitalText } from "../visits/words.ts";
import "./system.css";

type OwnVital = OwnPerformance["vitals"][number];

export function PerformancePage({ data }: PageProps<OwnPerformance>) {
  const { search } = useApp().view.value;
  const { vitals, metrics, isMeasured } = data.value;
  const ofPages = new URLSearchParams({ project: "throughline", range: "24h" });
  return (
    <div class="stack">
      <p class="muted">
        These pages measure themselves with the browser SDK, into the project throughline; the last 24 hours.{" "}
        <a class="link" href={toSystem(search)}>
          System
        </a>
        {" · "}
        <a class="link" href={toVisits({}, ofPages)}>
          visits of these pages
        </a>
      </p>
      <Card title="Web vitals, 75th percentile" isFlush aside="own targets, stricter than the published ones">
        {vitals.length > 0 ? (
          <Table
            caption="Web vitals"
            columns={VITAL_COLUMNS}
            rows={vitals}
            rowKey={({ reading }) => reading.name}
          />
        ) : (
          <EmptyState title="Not enough data">
            {isMeasured
              ? "No browser told of a page yet: what you open now is here within a minute."
              : "The product's own telemetry is switched off: THROUGHLINE_SELF_TELEMETRY=on measures these pages."}
          </EmptyState>
        )}
      </Card>
      <Card title="Dashboard" isFlush>
        <Table caption="Dashboard" columns={METRIC_COLUMNS} rows={metrics} rowKey={({ id }) => id} />
      </Card>
    </div>
  );
}

const VITAL_COLUMNS: readonly Column<OwnVital>[] = [
  {
    id: "name",
    head: "Vital",
    isMain: true,
    cell: ({ reading }) => (
      <>
        {VITAL_TITLES[reading.name]} <span class="muted">{reading.name}</span>
      </>
    ),
  },
  {
    id: "value",
    head: "now",
    align: "end",
    cell: ({ reading, ownTarget }) => (
      <Badge tone={reading.value <= ownTarget ? "good" : "warn"}>
        {vitalText(reading.name, reading.value)}
      </Badge>
    ),
  },
  {
    id: "target",
    head: "target",
    align: "end",
    cell: ({ reading, ownTarget }) => `≤ ${vitalText(reading.name, ownTarget)}`,
  },
  {
    id: "samples",
    head: "page views",
    align: "end",
    isSecondary: true,
    cell: ({ reading }) => formatCount(reading.sampleCount),
  },
  {
    id: "interval",
    head: "95 % interval",
    align: "end",
    isSecondary: true,
    cell: ({ reading: { name, interval } }) =>
      interval === null ? (
        <span class="muted" title="From 20 page views on.">
          not enough data
        </span>
      ) : (
        `${vitalText(name, interval.low)} – ${vitalText(name, interval.high)}`
      ),
  },
];

const METRIC_COLUMNS: readonly Column<OwnMetric>[] = [
  {
    id: "title",
    head: "Measure",
    isMain: true,
    cell: ({ title, detail, reason }) => (
      <>
        {title}
        <small>{reason ?? detail}</small>
      </>
    ),
  },
  {
    id: "id",
    head: "name",
    isSecondary: true,
    cell: ({ id }) => <code class="muted">{id}</code>,
  },
  {
    id: "value",
    head: "value",
    align: "end",
    cell: (metric) =>
      metric.value === null ? (
        <span class="muted">not enough data</span>
      ) : (
        valueText(metric.value, metric.unit)
      ),
  },
  {
    id: "samples",
    head: "of",
    align: "end",
    isSecondary: true,
    cell: ({ sampleCount }) => (sampleCount === 0 ? UNKNOWN : formatCount(sampleCount)),
  },
];

function valueText(value: number, unit: OwnMetric["unit"]): string {
  if (unit === "ms") return formatDuration(value);
  return unit === "count" ? formatCount(value) : `${formatNumber(value)} ${unit === "/min" ? "/ min" : unit}`;
}
