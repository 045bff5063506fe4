/** Watched databases of the project with their state, and how to register one. */
import type { DatabaseList, EmbeddedDatabase, MonitoredDatabase } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useApp, useMay } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toDatabase } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Code } from "../ui/Code.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatBytes, formatNumber, formatShare, formatShortCount, UNKNOWN } from "../ui/format.ts";
import { DatabaseDialogs, type DatabaseDialog } from "./DatabaseDialogs.tsx";
import { ROLE_SQL, stateTone, stateWord } from "./databaseText.ts";
import "./databases.css";

export function DatabasesPage({ data }: PageProps<DatabaseList>) {
  const { project, databases, embedded } = data.value;
  const mayWrite = useMay()("databases:write");
  const dialog = useSignal<DatabaseDialog>({ kind: "closed" });
  const add = mayWrite ? (
    <Button kind="primary" onClick={() => (dialog.value = { kind: "new" })}>
      Add a database
    </Button>
  ) : undefined;
  return (
    <div class="stack">
      <Card title="Databases" isFlush aside={databases.length === 0 ? undefined : add}>
        {databases.length > 0 ? (
          <DatabaseTable databases={databases} />
        ) : (
          <EmptyState title="No database is watched yet" action={add}>
            <p>
              Throughline looks at a PostgreSQL once a minute through a role that can only read: who blocks
              whom, cache, transactions, tables, indexes, and the plans of slow statements.
              {mayWrite ? "" : " An administrator can add one."}
            </p>
          </EmptyState>
        )}
      </Card>
      {databases.length === 0 ? (
        <Card title="The role for it" aside="run once, as a superuser of that database">
          <Code text={ROLE_SQL} label="SQL that makes the read-only role" />
          <p class="database-said">
            pg_stat_statements counts only when the server loads it:{" "}
            <code>shared_preload_libraries = 'pg_stat_statements'</code> and a restart. On managed services it
            is a setting of the instance.
          </p>
        </Card>
      ) : null}
      {embedded === null ? null : <Embedded embedded={embedded} />}
      <DatabaseDialogs dialog={dialog} projectId={project.id} />
    </div>
  );
}

function DatabaseTable({ databases }: { readonly databases: readonly MonitoredDatabase[] }) {
  const { search } = useApp().view.value;
  const columns: Column<MonitoredDatabase>[] = [
    {
      id: "name",
      head: "Database",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ id, name, host, port, database, version }) => (
        <>
          <a class="link" href={toDatabase(id, search)}>
            {name}
          </a>
          <small>
            {`${database} on ${host}:${port}`}
            {version === "" ? "" : ` · PostgreSQL ${version}`}
          </small>
        </>
      ),
    },
    {
      id: "state",
      head: "State",
      cell: (database) => (
        <>
          <Badge tone={stateTone(database)}>{stateWord(database)}</Badge>
          {database.state.problem === "" ? null : (
            <small class="database-problem">{database.state.problem}</small>
          )}
        </>
      ),
    },
    numberColumn(
      "connections",
      "connections",
      (row) => row.figures?.connections ?? null,
      (value) => (value === null ? UNKNOWN : formatShortCount(value)),
    ),
    numberColumn(
      "commits",
      "commits/s",
      (row) => row.figures?.commitsPerSecond ?? null,
      (value) => (value === null ? UNKNOWN : formatNumber(value)),
      { isSecondary: true },
    ),
    numberColumn("cache", "cache hits %", (row) => row.figures?.cacheHitRatio ?? null, formatShare, {
      isSecondary: true,
    }),
    numberColumn(
      "size",
      "size",
      (row) => row.figures?.sizeBytes ?? null,
      (value) => (value === null ? UNKNOWN : formatBytes(value)),
      { isSecondary: true },
    ),
    numberColumn("blocked", "blocked", (row) => row.blockedCount, formatShortCount, {
      hint: "Sessions that wait for a lock of another one",
    }),
    numberColumn("advice", "advice", (row) => row.adviceCount, formatShortCount, {
      hint: "Statements whose plan reads a large table whole",
    }),
    {
      id: "seen",
      head: "Last look",
      align: "end",
      isSecondary: true,
      cell: ({ state }) => (state.okAtMs === null ? UNKNOWN : <Age ms={state.okAtMs} />),
    },
  ];
  return <Table caption="Databases" columns={columns} rows={databases} rowKey={({ id }) => id} />;
}

function Embedded({ embedded }: { readonly embedded: EmbeddedDatabase }) {
  const { backend, version, sizeBytes, tables, unknown, isOk } = embedded;
  return (
    <Card
      title="Throughline's own"
      aside={`${backend === "pglite" ? "embedded PGlite" : "PostgreSQL"} ${version} · ${formatBytes(sizeBytes)}`}
      isFlush
    >
      <p class="card-empty">
        {isOk ? "" : "It does not answer. "}
        {unknown}
      </p>
      <Table<EmbeddedDatabase["tables"][number]>
        caption="Largest tables of Throughline's own database"
        rows={tables}
        rowKey={({ name }) => name}
        columns={[
          { id: "name", head: "Table", isMain: true, cell: ({ name }) => <code>{name}</code> },
          numberColumn(
            "size",
            "size",
            (row) => row.sizeBytes,
            (value) => formatBytes(value ?? 0),
          ),
        ]}
      />
    </Card>
  );
}
