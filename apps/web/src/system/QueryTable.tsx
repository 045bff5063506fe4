import type { SystemPage } from "@throughline/contract";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { formatCount, formatMs } from "../ui/format.ts";

type Query = SystemPage["queries"][number];

const columns: readonly Column<Query>[] = [
  {
    id: "name",
    head: "Question",
    isMain: true,
    sortBy: ({ name }) => name,
    cell: ({ name }) => <code>{name}</code>,
  },
  numberColumn("count", "asked", (row) => row.count, formatCount),
  numberColumn("p50", "p50 ms", (row) => row.p50Ms, formatMs),
  numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
  numberColumn("max", "max ms", (row) => row.maxMs, formatMs, { isSecondary: true }),
  {
    ...numberColumn<Query>("errors", "failed", (row) => row.errors, formatCount),
    cell: ({ errors }) => <span class={errors > 0 ? "bad" : "muted"}>{formatCount(errors)}</span>,
  },
];

export function QueryTable({ queries }: { readonly queries: readonly Query[] }) {
  if (queries.length === 0) return <EmptyState title="No question was asked yet" />;
  return (
    <Table
      caption="Questions to the telemetry store"
      columns={columns}
      rows={queries}
      rowKey={({ name }) => name}
    />
  );
}
