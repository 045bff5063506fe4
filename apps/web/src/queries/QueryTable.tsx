import type { QueryRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toQuery, toTrace } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Share } from "../ui/Share.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatMs, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";

/** In the order the API gave; a head sorts what is shown. */
export function QueryTable({
  queries,
  slowMs,
}: {
  readonly queries: readonly QueryRow[];
  readonly slowMs: number;
}) {
  const { search } = useApp().view.value;
  const columns: Column<QueryRow>[] = [
    {
      id: "statement",
      head: "Statement",
      isMain: true,
      sortBy: ({ statement }) => statement,
      cell: ({ hash, statement, service, dbSystem, dbNamespace, repeatedGroups, errors }) => (
        <>
          <a class="query-statement" href={toQuery(hash, search)} title={statement}>
            {statement}
          </a>
          <small>
            {[service, [dbSystem, dbNamespace].filter(Boolean).join(" ")].filter(Boolean).join(" · ")}{" "}
            {repeatedGroups > 0 ? <Badge tone="warn">N+1?</Badge> : null}
            {errors > 0 ? <Badge tone="bad">{`${formatShortCount(errors)} failed`}</Badge> : null}
          </small>
        </>
      ),
    },
    numberColumn("executions", "runs", (row) => row.executions, formatShortCount),
    numberColumn("rate", "runs/s", (row) => row.executionsPerSecond, formatNumber, { isSecondary: true }),
    numberColumn("p50", "p50 ms", (row) => row.p50Ms, formatMs, { isSecondary: true }),
    numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
    {
      ...numberColumn<QueryRow>("max", "max ms", (row) => row.maxMs, formatMs, { isSecondary: true }),
      cell: ({ maxMs, slowestTraceId }) =>
        slowestTraceId === null ? (
          formatMs(maxMs)
        ) : (
          <a class="link" href={toTrace(slowestTraceId, search)} title="The slowest run's trace">
            {formatMs(maxMs)}
          </a>
        ),
    },
    numberColumn("slow", "slow", (row) => row.slowExecutions, formatShortCount, {
      isSecondary: true,
      hint: `Runs of more than ${slowMs} ms`,
    }),
    {
      ...numberColumn<QueryRow>("repeated", "repeats", (row) => row.repeatedExecutions, formatShortCount, {
        isSecondary: true,
        hint: "Runs in groups of 5 and more below one span",
      }),
      cell: ({ repeatedExecutions, repeatedTraceId }) =>
        repeatedTraceId === null ? (
          formatShortCount(repeatedExecutions)
        ) : (
          <a class="link" href={toTrace(repeatedTraceId, search)} title="The trace with the largest group">
            {formatShortCount(repeatedExecutions)}
          </a>
        ),
    },
    {
      ...numberColumn<QueryRow>("seen", "last run", (row) => row.lastSeenMs, formatMs, { isSecondary: true }),
      cell: ({ lastSeenMs }) => (lastSeenMs === null ? null : <Age ms={lastSeenMs} />),
    },
    {
      ...numberColumn<QueryRow>("share", "time %", (row) => row.timeShare, formatShare, {
        hint: "Share of all query time",
      }),
      cell: ({ timeShare }) => <Share ratio={timeShare} />,
    },
  ];
  return (
    <Table
      caption="Statements"
      columns={columns}
      rows={queries}
      rowKey={({ hash, service }) => `${hash} ${service}`}
    />
  );
}
