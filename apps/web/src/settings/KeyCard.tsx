/** The keys of one kind: a table, and the dialogs that make, edit, rotate and revoke them. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import {
  actionsColumn,
  handoversOf,
  makerColumn,
  stateColumn,
  usedColumn,
  type Key,
  type KeyAct,
} from "./keyColumns.tsx";
import { RevokeKeyDialog, RotateKeyDialog, type KeyUse } from "./keyDialogs.tsx";

type Open<Row> = { readonly act: KeyAct; readonly row: Row } | { readonly act: "create" };

export interface KeyCardProps<Row extends Key> {
  /** "ingest key" */
  readonly noun: string;
  /** Of the API: `path`, and `path/:id`. */
  readonly path: string;
  readonly keys: readonly Row[];
  /** What is said of a key below its name. */
  readonly about: (row: Row) => string;
  readonly projects: Column<Row>;
  readonly mayCreate: boolean;
  readonly actsOn: (row: Row) => readonly KeyAct[];
  readonly use: KeyUse;
  /** What revoking does. */
  readonly revoked: string;
  /** While there is none. */
  readonly empty: string;
  readonly newDialog: (onClose: () => void) => ComponentChildren;
  readonly editDialog?: (row: Row, onClose: () => void) => ComponentChildren;
}

export function KeyCard<Row extends Key>(props: KeyCardProps<Row>) {
  const { noun, path, keys, mayCreate, actsOn } = props;
  const [open, setOpen] = useState<Open<Row> | null>(null);
  const title = `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`;
  const handovers = handoversOf(keys);
  const isAnyChangeable = keys.some((row) => actsOn(row).length > 0);
  const columns: readonly Column<Row>[] = [
    {
      id: "name",
      head: "Key",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: (row) => (
        <>
          <span title={row.name}>{row.name}</span>
          <small title={props.about(row)}>
            <code>{row.prefix}…</code> · {props.about(row)}
          </small>
        </>
      ),
    },
    props.projects,
    makerColumn(),
    usedColumn(),
    stateColumn(handovers),
    ...(isAnyChangeable ? [actionsColumn<Row>(actsOn, handovers, (act, row) => setOpen({ act, row }))] : []),
  ];
  return (
    <Card
      title={title}
      isFlush
      aside={mayCreate ? <Button onClick={() => setOpen({ act: "create" })}>New {noun}</Button> : undefined}
    >
      {keys.length === 0 ? (
        <EmptyState title={`No ${noun} yet`}>{props.empty}</EmptyState>
      ) : (
        <Table caption={title} columns={columns} rows={keys} rowKey={({ id }) => id} />
      )}
      {open === null ? null : dialogOf(props, `${path}/`, open, () => setOpen(null))}
    </Card>
  );
}

function dialogOf<Row extends Key>(
  { use, revoked, newDialog, editDialog }: KeyCardProps<Row>,
  path: string,
  open: Open<Row>,
  onClose: () => void,
): ComponentChildren {
  if (open.act === "create") return newDialog(onClose);
  const { act, row } = open;
  if (act === "edit") return editDialog?.(row, onClose);
  const of = { keyPath: path + row.id, name: row.name, onClose };
  return act === "rotate" ? (
    <RotateKeyDialog {...of} use={use} />
  ) : (
    <RevokeKeyDialog {...of} effect={revoked} />
  );
}
