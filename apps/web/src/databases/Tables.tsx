import type { DatabaseIndex, DatabaseSnapshot, DatabaseTable } from "@throughline/contract";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatBytes, formatShortCount, UNKNOWN } from "../ui/format.ts";

export function Tables({ snapshot }: { readonly snapshot: DatabaseSnapshot }) {
  const { tables, indexes, countersSinceMs } = snapshot;
  const surplus = indexes.filter(
    ({ isUnused, coveredBy, isValid }) => isUnused || coveredBy !== "" || !isValid,
  );
  const since =
    countersSinceMs === null ? (
      "scans since the database was made"
    ) : (
      <>
        scans counted since <Age ms={countersSinceMs} />
      </>
    );
  return (
    <>
      <Card title="Tables" isFlush aside={since}>
        {tables.length === 0 ? (
          <p class="card-empty">No tables of its own.</p>
        ) : (
          <Table<DatabaseTable>
            caption="Tables"
            rows={tables}
            rowKey={({ schema, name }) => `${schema}.${name}`}
            columns={[
              {
                id: "name",
                head: "Table",
                isMain: true,
                sortBy: ({ name }) => name,
                cell: ({ schema, name }) => <code>{`${schema}.${name}`}</code>,
              },
              numberColumn(
                "size",
                "size",
                (row) => row.sizeBytes,
                (value) => formatBytes(value ?? 0),
              ),
              numberColumn("rows", "rows", (row) => row.liveRows, count),
              numberColumn("dead", "dead rows", (row) => row.deadRows, count, { isSecondary: true }),
              numberColumn("seq", "sequential scans", (row) => row.sequentialScans, count),
              numberColumn("seqRows", "rows they read", (row) => row.sequentialRows, count, {
                isSecondary: true,
              }),
              numberColumn("index", "index scans", (row) => row.indexScans, count),
              {
                id: "vacuum",
                head: "Last vacuum",
                align: "end",
                isSecondary: true,
                cell: ({ lastVacuumMs }) => (lastVacuumMs === null ? UNKNOWN : <Age ms={lastVacuumMs} />),
              },
            ]}
          />
        )}
      </Card>
      <Card title="Indexes to look at" isFlush aside={`${surplus.length} of ${indexes.length}`}>
        {surplus.length === 0 ? (
          <p class="card-empty">Every index was used, and none does what another one does.</p>
        ) : (
          <>
            <Table<DatabaseIndex>
              caption="Indexes to look at"
              rows={surplus}
              rowKey={({ schema, name }) => `${schema}.${name}`}
              columns={[
                {
                  id: "name",
                  head: "Index",
                  isMain: true,
                  sortBy: ({ name }) => name,
                  cell: ({ name, definition }) => (
                    <>
                      <code>{name}</code>
                      <small>{definition}</small>
                    </>
                  ),
                },
                {
                  id: "why",
                  head: "Why",
                  cell: ({ isUnused, coveredBy, isValid }) => (
                    <>
                      {isValid ? null : <Badge tone="bad">broken</Badge>}{" "}
                      {isUnused ? <Badge tone="warn">never used</Badge> : null}{" "}
                      {coveredBy === "" ? null : <Badge tone="warn">{`${coveredBy} does the same`}</Badge>}
                    </>
                  ),
                },
                numberColumn("scans", "scans", (row) => row.scans, count),
                numberColumn(
                  "size",
                  "size",
                  (row) => row.sizeBytes,
                  (value) => formatBytes(value ?? 0),
                ),
              ]}
            />
            <p class="card-empty">
              Before you drop one: a replica may use it (each server counts for itself), and a job that runs
              once a month may need it.
            </p>
          </>
        )}
      </Card>
    </>
  );
}

const count = (value: number | null): string => (value === null ? UNKNOWN : formatShortCount(value));
