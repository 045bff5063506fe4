import type { QueryPage } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toEndpoint } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import {
  formatDuration,
  formatMs,
  formatNumber,
  formatShare,
  formatShortCount,
  UNKNOWN,
} from "../ui/format.ts";

type Endpoint = QueryPage["endpoints"][number];
type Release = QueryPage["releases"][number];

const formatTotal = (ms: number | null): string => (ms === null ? UNKNOWN : formatDuration(ms));

export function EndpointTable({ endpoints }: { readonly endpoints: readonly Endpoint[] }) {
  const { search } = useApp().view.value;
  return (
    <Table<Endpoint>
      caption="Endpoints that run the statement"
      rows={endpoints}
      rowKey={({ service, route }) => `${service}\n${route}`}
      columns={[
        {
          id: "route",
          head: "Endpoint",
          isMain: true,
          sortBy: ({ route }) => route,
          cell: ({ service, route, repeatedGroups }) => (
            <>
              {route === "" ? (
                <span title="Outside of a request, or its request came in another batch">no request</span>
              ) : (
                <a href={toEndpoint({ service, route }, search)} title={route}>
                  {route}
                </a>
              )}
              <small>
                {service} {repeatedGroups > 0 ? <Badge tone="warn">N+1?</Badge> : null}
              </small>
            </>
          ),
        },
        numberColumn("runs", "runs", (row) => row.executions, formatShortCount),
        numberColumn("each", "a request", (row) => row.executionsPerRequest, formatNumber, {
          hint: "Runs for each request of the route",
        }),
        numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs, { isSecondary: true }),
        numberColumn("total", "in all", (row) => row.totalMs, formatTotal, { isSecondary: true }),
        numberColumn("share", "of its time %", (row) => row.shareOfRequestTime, formatShare, {
          hint: "Share of the route's own request time",
        }),
      ]}
    />
  );
}

export function ReleaseTable({ releases }: { readonly releases: readonly Release[] }) {
  return (
    <Table<Release>
      caption="Releases that ran the statement, newest first"
      rows={releases}
      rowKey={({ release }) => release}
      columns={[
        { id: "release", head: "Release", isMain: true, cell: ({ release }) => release },
        numberColumn("runs", "runs", (row) => row.executions, formatShortCount),
        numberColumn("p50", "p50 ms", (row) => row.p50Ms, formatMs),
        numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
        {
          ...numberColumn<Release>("first", "first run", (row) => row.firstSeenMs, formatMs),
          cell: ({ firstSeenMs }) => <Age ms={firstSeenMs} />,
        },
      ]}
    />
  );
}
