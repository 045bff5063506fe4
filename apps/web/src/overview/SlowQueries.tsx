/** The statements that are slow most often, each with its page. */
import type { QueryRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toQueries, toQuery } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { formatMs, formatShortCount } from "../ui/format.ts";

export function SlowQueries({ queries }: { readonly queries: readonly QueryRow[] }) {
  const { search } = useApp().view.value;
  const columns: Column<QueryRow>[] = [
    {
      id: "statement",
      head: "Statement",
      isMain: true,
      cell: ({ hash, statement, service }) => (
        <>
          <a class="slow-statement" href={toQuery(hash, search)} title={statement}>
            {statement}
          </a>
          <small>{service}</small>
        </>
      ),
    },
    numberColumn("slow", "slow", (row) => row.slowExecutions, formatShortCount, {
      hint: "Runs of more than 100 ms",
    }),
    numberColumn("executions", "runs", (row) => row.executions, formatShortCount, { isSecondary: true }),
    numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
  ];
  return (
    <Card
      title="Slow statements"
      isFlush
      aside={
        <a class="link" href={toQueries({}, search)}>
          All statements
        </a>
      }
    >
      {queries.length === 0 ? (
        <p class="card-empty">No database call took more than 100 ms in this range.</p>
      ) : (
        <Table
          caption="Statements that are slow most often"
          columns={columns}
          rows={queries}
          rowKey={({ hash, service }) => `${hash} ${service}`}
        />
      )}
    </Card>
  );
}
