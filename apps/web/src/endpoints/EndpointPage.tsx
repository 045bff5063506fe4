/** One endpoint: how fast, how reliable, by what, with its statements and real traces. */
import type { EndpointPage as EndpointPageData } from "@throughline/contract";
import { useComputed } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { trendText } from "../health/healthText.ts";
import { RequestCharts } from "../overview/RequestCharts.tsx";
import type { PageProps } from "../page.ts";
import { toService, toTraces } from "../paths.ts";
import { TraceTable } from "../traces/TraceTable.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { Time } from "../ui/Time.tsx";
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatShare,
  formatShortCount,
  UNKNOWN,
} from "../ui/format.ts";
import { PartTable, ReleaseTable, StatementTable } from "./EndpointTables.tsx";
import { answeredText } from "./endpointText.ts";
import "./endpoints.css";

export function EndpointPage({ data }: PageProps<EndpointPageData>) {
  const { search } = useApp().view.value;
  const { endpoint, releases, recent, statements } = data.value;
  const charts = useComputed(() => data.value);
  const { service, route, trend } = endpoint;
  return (
    <div class="stack">
      <Card
        title={route === "" ? "Requests without a route" : route}
        aside={
          <a class="link" href={toService(service, search)}>
            {service}
          </a>
        }
      >
        <Figures data={data.value} />
        <p class="endpoint-said">
          {trend === null || trend === "STABLE" ? null : (
            <Badge tone={trendText(trend).tone}>{trendText(trend).word}</Badge>
          )}{" "}
          {answeredText(data.value)}
        </p>
      </Card>
      <RequestCharts data={charts} />
      <Card title="Its statements" isFlush>
        {statements.length === 0 ? (
          <p class="card-empty">No database call was told for it in this range.</p>
        ) : (
          <StatementTable statements={statements} />
        )}
      </Card>
      <div class="two">
        <Card
          title="Slow traces"
          isFlush
          aside={
            <a class="link" href={toTraces({ service, route }, search)}>
              All traces
            </a>
          }
        >
          {recent.slow.length === 0 ? (
            <p class="card-empty">No traces in this range.</p>
          ) : (
            <TraceTable traces={recent.slow} hasService={false} />
          )}
        </Card>
        <Card
          title="Failing traces"
          isFlush
          aside={
            <a class="link" href={toTraces({ service, route, status: "error" }, search)}>
              All that failed
            </a>
          }
        >
          {recent.failing.length === 0 ? (
            <p class="card-empty">None failed.</p>
          ) : (
            <TraceTable traces={recent.failing} hasService={false} />
          )}
        </Card>
      </div>
      <div class="three">
        <Card title="Releases" isFlush>
          {releases.length === 0 ? (
            <p class="card-empty">
              No release named: set <code>service.version</code> to compare them.
            </p>
          ) : (
            <ReleaseTable releases={releases} />
          )}
        </Card>
        <Card title="By status" isFlush aside={<Since ms={recent.fromMs} />}>
          <PartTable caption="Requests by status" head="Status" parts={recent.statuses} />
        </Card>
        <Card title="By method" isFlush aside={<Since ms={recent.fromMs} />}>
          <PartTable caption="Requests by method" head="Method" parts={recent.methods} />
        </Card>
      </div>
    </div>
  );
}

function Since({ ms }: { readonly ms: number }) {
  return (
    <span title="From single requests, which are read back so far">
      since <Time ms={ms} />
    </span>
  );
}

function Figures({ data: { endpoint, apdexMs } }: { readonly data: EndpointPageData }) {
  const duration = (ms: number | null): string => (ms === null ? UNKNOWN : formatDuration(ms));
  const size = (bytes: number | null): string => (bytes === null ? "not told" : formatBytes(bytes));
  const figures: readonly (readonly [string, string, string?])[] = [
    ["Requests", formatShortCount(endpoint.requests)],
    ["Succeeded", formatShortCount(endpoint.succeeded)],
    ["Failed", endpoint.errorRatio === null ? UNKNOWN : `${formatShare(endpoint.errorRatio)} %`],
    ["Average", duration(endpoint.avgMs)],
    ["p50", duration(endpoint.p50Ms)],
    ["p95", duration(endpoint.p95Ms)],
    ["p99", duration(endpoint.p99Ms)],
    ["Longest", duration(endpoint.maxMs)],
    [
      `Apdex, T ${formatDuration(apdexMs)}`,
      endpoint.apdex === null ? UNKNOWN : formatNumber(endpoint.apdex),
      "Requests up to T count in full, up to four times T half. T is in the address: apdexMs.",
    ],
    ["Request size", size(endpoint.requestBytesAvg)],
    ["Answer size", size(endpoint.responseBytesAvg)],
    ["Of request time", `${formatShare(endpoint.timeShare)} %`],
  ];
  return (
    <dl class="endpoint-figures">
      {figures.map(([title, value, hint]) => (
        <div key={title} title={hint}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
