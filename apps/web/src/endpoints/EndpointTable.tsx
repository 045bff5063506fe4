import type { EndpointRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { trendText } from "../health/healthText.ts";
import { ErrorShare } from "../overview/ErrorShare.tsx";
import { toEndpoint, toTrace } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Share } from "../ui/Share.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { formatBytes, formatMs, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";
import { changeText } from "./endpointText.ts";

/** In the order the API gave; a head sorts what is shown. */
export function EndpointTable({
  endpoints,
  apdexMs,
}: {
  readonly endpoints: readonly EndpointRow[];
  readonly apdexMs: number;
}) {
  const { search } = useApp().view.value;
  const columns: Column<EndpointRow>[] = [
    {
      id: "route",
      head: "Endpoint",
      isMain: true,
      sortBy: ({ route }) => route,
      cell: (row) => (
        <>
          <a
            href={toEndpoint({ ...row, apdexMs: search.get("apdexMs") ?? undefined }, search)}
            title={row.route}
          >
            {row.route === "" ? "no route" : row.route}
          </a>
          <small>
            {row.service} <Trend row={row} />
          </small>
        </>
      ),
    },
    numberColumn("requests", "requests", (row) => row.requests, formatShortCount),
    numberColumn("rate", "req/s", (row) => row.requestsPerSecond, formatNumber, { isSecondary: true }),
    numberColumn("avg", "avg ms", (row) => row.avgMs, formatMs, { isSecondary: true }),
    numberColumn("p50", "p50 ms", (row) => row.p50Ms, formatMs, { isSecondary: true }),
    {
      ...numberColumn<EndpointRow>("p95", "p95 ms", (row) => row.p95Ms, formatMs),
      cell: (row) => (
        <span title={changeText(row.p95Ms, row.previous?.p95Ms ?? null)}>{formatMs(row.p95Ms)}</span>
      ),
    },
    numberColumn("p99", "p99 ms", (row) => row.p99Ms, formatMs, { isSecondary: true }),
    {
      ...numberColumn<EndpointRow>("max", "max ms", (row) => row.maxMs, formatMs, { isSecondary: true }),
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
      ...numberColumn<EndpointRow>("errors", "errors %", (row) => row.errorRatio, formatShare),
      cell: ({ errorRatio, lastErrorTraceId }) => (
        <ErrorShare
          ratio={errorRatio}
          href={lastErrorTraceId === null ? null : toTrace(lastErrorTraceId, search)}
        />
      ),
    },
    numberColumn("apdex", "apdex", (row) => row.apdex, formatNumber, {
      isSecondary: true,
      hint: `Requests up to ${apdexMs} ms count in full, up to ${4 * apdexMs} ms half`,
    }),
    numberColumn("size", "answer", (row) => row.responseBytesAvg, formatBytes, {
      isSecondary: true,
      hint: "Average size of the answer's body",
    }),
    {
      ...numberColumn<EndpointRow>("share", "time %", (row) => row.timeShare, formatShare, {
        hint: "Share of all request time",
      }),
      cell: ({ timeShare }) => <Share ratio={timeShare} />,
    },
  ];
  return (
    <Table
      caption="Endpoints"
      columns={columns}
      rows={endpoints}
      rowKey={({ service, route }) => `${service}\n${route}`}
    />
  );
}

function Trend({ row: { trend } }: { readonly row: EndpointRow }) {
  if (trend === null || trend === "STABLE") return null;
  const { word, tone } = trendText(trend);
  return <Badge tone={tone}>{word}</Badge>;
}
