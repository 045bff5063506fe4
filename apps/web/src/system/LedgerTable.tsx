import type { LedgerRow } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { Button } from "../ui/Button.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { formatCount } from "../ui/format.ts";

const columns: readonly Column<LedgerRow>[] = [
  {
    id: "minute",
    head: "Minute",
    isMain: true,
    sortBy: ({ minuteMs }) => minuteMs,
    cell: ({ minuteMs }) => <Time ms={minuteMs} precision="minute" isClockOnly />,
  },
  {
    id: "project",
    head: "Project",
    sortBy: ({ projectId }) => projectId,
    cell: ({ projectId }) => projectId,
  },
  {
    id: "key",
    head: "Key",
    isSecondary: true,
    sortBy: ({ keyName }) => keyName,
    cell: ({ keyName }) => keyName,
  },
  { id: "signal", head: "Signal", sortBy: ({ signal }) => signal, cell: ({ signal }) => signal },
  numberColumn("received", "received", (row) => row.received, formatCount),
  numberColumn("stored", "stored", (row) => row.stored, formatCount),
  numberColumn("waiting", "waiting", (row) => row.waiting, formatCount, { isSecondary: true }),
  {
    ...numberColumn<LedgerRow>("refused", "refused", (row) => row.refused, formatCount),
    cell: ({ refused, refusedByReason }) => (
      <span class={refused > 0 ? "warn" : "muted"} title={reasonsText(refusedByReason)}>
        {formatCount(refused)}
      </span>
    ),
  },
  {
    ...numberColumn<LedgerRow>("difference", "difference", (row) => row.difference, formatCount),
    hint: "What should be stored and is not; anything but 0 is a defect",
    cell: ({ difference }) => (
      <span class={difference === 0 ? "muted" : "bad"}>{formatCount(difference)}</span>
    ),
  },
];

/** Some ten minutes of a small installation. */
const FIRST_ROWS = 30;

export function LedgerTable({ rows }: { readonly rows: readonly LedgerRow[] }) {
  const isWhole = useSignal(false);
  if (rows.length === 0)
    return (
      <EmptyState title="Nothing was sent in the last hour">Every minute with data gets a line.</EmptyState>
    );
  // A line that does not add up is what the table is for: it is never among those left out.
  const first = rows.filter(({ difference }, index) => index < FIRST_ROWS || difference !== 0);
  const shown = isWhole.value ? rows : first;
  return (
    <>
      <Table
        caption="Ingest ledger"
        columns={columns}
        rows={shown}
        rowKey={(row) => `${row.minuteMs} ${row.projectId} ${row.keyId} ${row.signal}`}
      />
      {shown.length < rows.length ? (
        <p class="ledger-more">
          <Button onClick={() => (isWhole.value = true)}>Show all {formatCount(rows.length)} lines</Button>
        </p>
      ) : null}
    </>
  );
}

function reasonsText(reasons: LedgerRow["refusedByReason"]): string | undefined {
  const entries = Object.entries(reasons);
  return entries.length === 0
    ? undefined
    : entries.map(([reason, count]) => `${reason}: ${count}`).join(", ");
}
