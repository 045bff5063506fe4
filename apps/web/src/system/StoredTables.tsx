import type { SystemPage } from "@throughline/contract";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatBytes, formatCount, formatNumber, UNKNOWN } from "../ui/format.ts";

type StoredTable = SystemPage["tables"][number];

const columns: readonly Column<StoredTable>[] = [
  {
    id: "table",
    head: "Table",
    isMain: true,
    sortBy: ({ table }) => table,
    cell: ({ table }) => <code>{table}</code>,
  },
  numberColumn("rows", "rows", (row) => row.rows, formatCount),
  numberColumn("size", "size", (row) => row.sizeBytes, formatBytes),
  numberColumn(
    "perRow",
    "bytes/row",
    (row) => (row.rows === 0 ? null : row.sizeBytes / row.rows),
    formatNumber,
    {
      isSecondary: true,
    },
  ),
  {
    id: "oldest",
    head: "oldest",
    align: "end",
    sortBy: ({ oldestMs }) => oldestMs,
    cell: ({ oldestMs }) => (oldestMs === null ? UNKNOWN : <Age ms={oldestMs} />),
  },
  {
    ...numberColumn<StoredTable>("kept", "kept for", (row) => row.retentionDays, formatCount),
    cell: ({ retentionDays }) => (retentionDays === 0 ? "ever" : `${formatCount(retentionDays)} days`),
  },
];

export function StoredTables({ tables }: { readonly tables: readonly StoredTable[] }) {
  return <Table caption="Stored tables" columns={columns} rows={tables} rowKey={({ table }) => table} />;
}
