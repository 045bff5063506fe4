import type { DatabaseSnapshot, DatabaseStatement } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toQuery } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { formatDuration, formatMs, formatShortCount, UNKNOWN } from "../ui/format.ts";

/** What pg_stat_statements counted, of all who use the database. */
export function Statements({ snapshot }: { readonly snapshot: DatabaseSnapshot }) {
  const { search } = useApp().view.value;
  const { statements, gaps, sinceMs } = snapshot;
  const gap = gaps.find(({ part }) => part === "statements");
  const recent = sinceMs === null ? "last look" : `last ${formatDuration(sinceMs)}`;
  return (
    <Card title="Statements" isFlush aside="by time since the counters began">
      {statements.length === 0 ? (
        <EmptyState title={gap === undefined ? "No statement was counted yet" : "Statements can't be read"}>
          {gap?.text ?? "pg_stat_statements is there and empty."}
        </EmptyState>
      ) : (
        <Table<DatabaseStatement>
          caption="Statements"
          rows={statements}
          rowKey={({ id }) => id}
          columns={[
            {
              id: "statement",
              head: "Statement",
              isMain: true,
              sortBy: ({ statement }) => statement,
              cell: ({ statement, queryHash }) => (
                <>
                  <code class="database-statement" title={statement}>
                    {statement}
                  </code>
                  {queryHash === null ? null : (
                    <small>
                      <a class="link" href={toQuery(queryHash, search)}>
                        endpoints and traces that run it
                      </a>
                    </small>
                  )}
                </>
              ),
            },
            numberColumn("calls", "calls", (row) => row.calls, formatShortCount),
            numberColumn("mean", "mean ms", (row) => row.meanMs, formatMs),
            numberColumn("total", "total ms", (row) => row.totalMs, formatMs),
            numberColumn("rows", "rows", (row) => row.rows, formatShortCount, { isSecondary: true }),
            numberColumn("new", `calls, ${recent}`, (row) => row.newCalls, optionalCount, {
              isSecondary: true,
            }),
            numberColumn("newMs", `ms, ${recent}`, (row) => row.newTotalMs, formatMs, { isSecondary: true }),
          ]}
        />
      )}
    </Card>
  );
}

const optionalCount = (value: number | null): string => (value === null ? UNKNOWN : formatShortCount(value));
