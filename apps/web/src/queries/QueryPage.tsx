/** One statement: how long and how often, which endpoints run it, in which releases, with real traces. */
import type { QueryPage as QueryPageData } from "@throughline/contract";
import { useComputed, useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toCustomRange, toDatabase, toTrace } from "../paths.ts";
import { PlanCard } from "../databases/Plans.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartSeries } from "../ui/chart/TimeChart.tsx";
import { Code } from "../ui/Code.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatDuration, formatMs, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";
import { EndpointTable, ReleaseTable } from "./QueryTables.tsx";
import { ranText, repeatedText } from "./queryText.ts";
import "../databases/databases.css";
import "./queries.css";

type TraceRow = QueryPageData["traces"][number];

export function QueryPage({ data }: PageProps<QueryPageData>) {
  const { search } = useApp().view.value;
  const { query, endpoints, releases, traces, plans } = data.value;
  const where = [query.services.join(", "), query.dbSystem, query.dbNamespace].filter(Boolean).join(" · ");
  return (
    <div class="stack">
      <Card title="Statement" aside={where}>
        <Code text={query.statement} label="The statement, without its values" />
        <p class="query-said">{ranText(data.value)}</p>
        {query.repeatedGroups > 0 ? (
          <p class="query-said">
            <Badge tone="warn">N+1?</Badge> {repeatedText(query)}
          </p>
        ) : null}
      </Card>
      <QueryCharts data={data} />
      {plans.map((plan) => (
        <PlanCard
          key={`${plan.databaseId} ${plan.planHash}`}
          plan={plan}
          title={`Plan in ${plan.databaseName}`}
          link={
            <p class="database-said">
              <a class="link" href={toDatabase(plan.databaseId, search, "plans", plan.statementId)}>
                On the page of the database
              </a>
            </p>
          }
        />
      ))}
      <div class="two">
        <Card title="Endpoints that run it" isFlush>
          {endpoints.length === 0 ? (
            <p class="card-empty">Not run in this range.</p>
          ) : (
            <EndpointTable endpoints={endpoints} />
          )}
        </Card>
        <Card title="Traces" isFlush aside="slowest, and with the most repeats">
          {traces.length === 0 ? (
            <p class="card-empty">Not run in this range.</p>
          ) : (
            <Table<TraceRow>
              caption="Traces in which it ran"
              rows={traces}
              rowKey={({ traceId }) => traceId}
              columns={[
                {
                  id: "trace",
                  head: "Trace",
                  isMain: true,
                  cell: ({ traceId, isRepeated }) => (
                    <>
                      <a href={toTrace(traceId, search)}>{traceId.slice(0, 12)}</a>{" "}
                      {isRepeated ? <Badge tone="warn">repeats</Badge> : null}
                    </>
                  ),
                },
                numberColumn<TraceRow>("max", "longest ms", (row) => row.maxMs, formatMs),
                {
                  ...numberColumn<TraceRow>("time", "when", (row) => row.timeMs, formatMs),
                  cell: ({ timeMs }) => <Age ms={timeMs} />,
                },
              ]}
            />
          )}
        </Card>
      </div>
      <Card title="Releases" isFlush>
        {releases.length === 0 ? (
          <p class="card-empty">
            No release named: set <code>service.version</code> to compare them.
          </p>
        ) : (
          <ReleaseTable releases={releases} />
        )}
      </Card>
      {query.lastSeenMs === null ? null : (
        <p class="query-said">
          Last run <Age ms={query.lastSeenMs} />; {formatShortCount(query.executions)} runs,{" "}
          {formatShare(query.timeShare)} % of all query time in this range.
        </p>
      )}
    </div>
  );
}

function QueryCharts({ data }: Pick<PageProps<QueryPageData>, "data">) {
  const { view, navigate } = useApp();
  const cursorMs = useSignal<number | null>(null);
  const durations = useComputed<readonly ChartSeries[]>(() => {
    const { p50Ms, p95Ms, p99Ms } = data.value.series;
    return [
      { label: "p99", values: p99Ms, tone: "high" },
      { label: "p95", values: p95Ms, tone: "mid" },
      { label: "p50", values: p50Ms, tone: "low" },
    ];
  });
  const runs = useComputed<readonly ChartSeries[]>(() => {
    const { executionsPerSecond } = data.value.series;
    if (!executionsPerSecond.some((rate) => rate > 0)) return [];
    return [{ label: "runs", values: executionsPerSecond, tone: "accent", isArea: true }];
  });
  const { series, range } = data.value;
  const common = {
    timesMs: series.timesMs,
    fromMs: range.fromMs,
    toMs: range.toMs,
    cursorMs,
    emptyText: "Not run in this range",
    onZoom: (fromMs: number, toMs: number) =>
      void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs)),
  };
  return (
    <div class="two">
      <ChartCard
        {...common}
        title="Duration"
        label="Duration of one run"
        series={durations.value}
        format={formatDuration}
        formatTick={formatNumber}
        unit="ms"
      />
      <ChartCard
        {...common}
        title="Runs"
        label="Runs a second"
        series={runs.value}
        format={(value) => `${formatNumber(value)}/s`}
        formatTick={formatNumber}
        unit="/s"
      />
    </div>
  );
}
