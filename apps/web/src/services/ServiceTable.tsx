import type { ServiceRow } from "@throughline/contract";
import { HealthCell } from "../health/HealthScore.tsx";
import { ErrorShare } from "../overview/ErrorShare.tsx";
import { useApp } from "../data/appState.ts";
import { toService, toTraces } from "../paths.ts";
import { Sparkline } from "../ui/Sparkline.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatMs, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";

export function ServiceTable({
  services,
  rangeText,
}: {
  readonly services: readonly ServiceRow[];
  /** "24 h": what the trend compares with is the same length before. */
  readonly rangeText: string;
}) {
  const { search } = useApp().view.value;
  const columns: Column<ServiceRow>[] = [
    {
      id: "service",
      head: "Service",
      isMain: true,
      sortBy: ({ service }) => service,
      cell: ({ service, releases, requests }) => (
        <>
          <a href={toService(service, search)}>{service}</a>
          <small title={releases.join(", ")}>
            {releases.length === 0 && requests > 0 ? "no release named" : releases.join(", ")}
          </small>
        </>
      ),
    },
    {
      id: "health",
      head: "health",
      sortBy: ({ health }) => health.score,
      cell: ({ health, service }) => <HealthCell health={health} name={service} rangeText={rangeText} />,
    },
    {
      id: "course",
      head: "requests",
      isSecondary: true,
      cell: ({ sparkline }) => (
        <span class="cell-spark">
          <Sparkline values={sparkline} />
        </span>
      ),
    },
    numberColumn("rate", "req/s", (row) => row.requestsPerSecond, formatNumber),
    numberColumn("p50", "p50 ms", (row) => row.p50Ms, formatMs, { isSecondary: true }),
    numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
    numberColumn("p99", "p99 ms", (row) => row.p99Ms, formatMs, { isSecondary: true }),
    {
      ...numberColumn<ServiceRow>("errors", "errors %", (row) => row.errorRatio, formatShare),
      cell: ({ errorRatio, service }) => (
        <ErrorShare ratio={errorRatio} href={toTraces({ service, status: "error" }, search)} />
      ),
    },
    numberColumn("spans", "spans", (row) => row.spans, formatShortCount, { isSecondary: true }),
    numberColumn("logs", "logs", (row) => row.logs, formatShortCount, { isSecondary: true }),
    {
      ...numberColumn<ServiceRow>("seen", "last seen", (row) => row.lastSeenMs, formatMs, {
        isSecondary: true,
      }),
      cell: ({ lastSeenMs }) => <Age ms={lastSeenMs} />,
    },
  ];
  return <Table caption="Services" columns={columns} rows={services} rowKey={({ service }) => service} />;
}
