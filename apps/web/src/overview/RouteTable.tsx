import type { RouteRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toEndpoint, toTrace } from "../paths.ts";
import { Share } from "../ui/Share.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { formatBytes, formatMs, formatNumber, formatShare } from "../ui/format.ts";
import { ErrorShare } from "./ErrorShare.tsx";

/** Routes by their share of all request time: where a second saved counts most. */
export function RouteTable({
  routes,
  hasService,
}: {
  readonly routes: readonly RouteRow[];
  /** Whether each row names its service. */
  readonly hasService: boolean;
}) {
  const { search } = useApp().view.value;
  const columns: Column<RouteRow>[] = [
    {
      id: "route",
      head: "Route",
      isMain: true,
      sortBy: ({ route }) => route,
      cell: ({ route, service }) => (
        <>
          <a href={toEndpoint({ service, route }, search)} title={route}>
            {route}
          </a>
          {hasService ? <small>{service}</small> : null}
        </>
      ),
    },
    numberColumn("rate", "req/s", (row) => row.requestsPerSecond, formatNumber, { isSecondary: true }),
    numberColumn("p50", "p50 ms", (row) => row.p50Ms, formatMs, { isSecondary: true }),
    numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
    numberColumn("p99", "p99 ms", (row) => row.p99Ms, formatMs, { isSecondary: true }),
    {
      ...numberColumn("max", "max ms", (row) => row.maxMs, formatMs, { isSecondary: true }),
      cell: ({ maxMs, slowestTraceId }) =>
        slowestTraceId === null ? (
          formatMs(maxMs)
        ) : (
          <a class="link" href={toTrace(slowestTraceId, search)} title="The slowest request's trace">
            {formatMs(maxMs)}
          </a>
        ),
    },
    {
      ...numberColumn("errors", "errors %", (row) => row.errorRatio, formatShare),
      cell: ({ errorRatio, lastErrorTraceId }) => (
        <ErrorShare
          ratio={errorRatio}
          href={lastErrorTraceId === null ? null : toTrace(lastErrorTraceId, search)}
        />
      ),
    },
    ...(routes.some(({ responseBytesAvg }) => responseBytesAvg !== null)
      ? [
          numberColumn<RouteRow>("size", "size", (row) => row.responseBytesAvg, formatBytes, {
            isSecondary: true,
            hint: "Average size of the response",
          }),
        ]
      : []),
    {
      ...numberColumn("share", "time %", (row) => row.timeShare, formatShare, {
        hint: "Share of all request time",
      }),
      cell: ({ timeShare }) => <Share ratio={timeShare} />,
    },
  ];
  return (
    <Table
      caption="Routes by share of time"
      columns={columns}
      rows={routes}
      rowKey={({ service, route }) => `${service}\n${route}`}
    />
  );
}
