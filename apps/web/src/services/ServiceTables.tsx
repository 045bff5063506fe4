import type { MetricSummary, ServicePage } from "@throughline/contract";
import { ErrorShare } from "../overview/ErrorShare.tsx";
import { Sparkline } from "../ui/Sparkline.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import {
  formatMs,
  formatNumber,
  formatShare,
  formatShortCount,
  joined,
  metricQuantity,
  UNKNOWN,
} from "../ui/format.ts";

type Dependency = ServicePage["dependencies"][number];
type Instance = ServicePage["instances"][number];

export function DependencyTable({ dependencies }: { readonly dependencies: readonly Dependency[] }) {
  return (
    <Table<Dependency>
      caption="Calls to databases and other services"
      rows={dependencies}
      rowKey={({ kind, name }) => `${kind}\n${name}`}
      columns={[
        {
          id: "name",
          head: "Target",
          isMain: true,
          sortBy: ({ name }) => name,
          cell: ({ name, kind }) => (
            <>
              <span title={name}>{name}</span>
              <small>{kind}</small>
            </>
          ),
        },
        numberColumn("calls", "calls", (row) => row.calls, formatShortCount),
        numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
        {
          ...numberColumn<Dependency>("errors", "errors %", (row) => row.errorRatio, formatShare),
          cell: ({ errorRatio }) => <ErrorShare ratio={errorRatio} href={null} />,
        },
      ]}
    />
  );
}

export function InstanceTable({ instances }: { readonly instances: readonly Instance[] }) {
  return (
    <Table<Instance>
      caption="Instances"
      rows={instances}
      rowKey={({ instance, version }) => `${instance}\n${version}`}
      columns={[
        {
          id: "instance",
          head: "Instance",
          isMain: true,
          sortBy: ({ instance }) => instance,
          cell: ({ instance, version }) => (
            <>
              <span title={instance}>{instance}</span>
              <small>{version === "" ? "no release named" : version}</small>
            </>
          ),
        },
        numberColumn("spans", "spans", (row) => row.spans, formatShortCount),
        {
          ...numberColumn<Instance>("seen", "last seen", (row) => row.lastSeenMs, formatMs),
          cell: ({ lastSeenMs }) => <Age ms={lastSeenMs} />,
        },
      ]}
    />
  );
}

export function MetricTable({ metrics }: { readonly metrics: readonly MetricSummary[] }) {
  return (
    <Table<MetricSummary>
      caption="Metrics"
      rows={metrics}
      rowKey={({ metric, type, unit }) => `${metric}\n${type}\n${unit}`}
      columns={[
        {
          id: "metric",
          head: "Metric",
          isMain: true,
          sortBy: ({ metric }) => metric,
          cell: ({ metric, description }) => (
            <>
              <span title={metric}>{metric}</span>
              {description === "" ? null : <small title={description}>{description}</small>}
            </>
          ),
        },
        { id: "type", head: "type", isSecondary: true, sortBy: ({ type }) => type, cell: ({ type }) => type },
        numberColumn("series", "series", (row) => row.series, formatShortCount, { isSecondary: true }),
        {
          id: "course",
          head: "course",
          isSecondary: true,
          cell: ({ sparkline }) => (
            <span class="cell-spark">
              <Sparkline values={sparkline} />
            </span>
          ),
        },
        {
          ...numberColumn<MetricSummary>("last", "last", (row) => row.last, formatNumber),
          cell: ({ last, unit }) => (last === null ? UNKNOWN : joined(metricQuantity(last, unit))),
        },
      ]}
    />
  );
}
