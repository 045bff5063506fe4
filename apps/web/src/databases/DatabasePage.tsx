/** One watched database. `?view=` says which part: the address is the whole state. */
import type { DatabasePage as DatabasePageData } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useApp, useMay } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { DATABASE_VIEWS, toDatabase, type DatabaseView } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState, ErrorState } from "../ui/States.tsx";
import { Age } from "../ui/Time.tsx";
import { Activity } from "./Activity.tsx";
import { DatabaseCharts } from "./DatabaseCharts.tsx";
import { DatabaseDialogs, type DatabaseDialog } from "./DatabaseDialogs.tsx";
import { Figures } from "./Figures.tsx";
import { Plans } from "./Plans.tsx";
import { Statements } from "./Statements.tsx";
import { Tables } from "./Tables.tsx";
import { stateTone, stateWord } from "./databaseText.ts";
import "./databases.css";

const VIEW_WORDS: Readonly<Record<DatabaseView, string>> = {
  overview: "Overview",
  activity: "Activity and locks",
  statements: "Statements",
  tables: "Tables and indexes",
  plans: "Plans and advice",
};

export function DatabasePage({ data, search }: PageProps<DatabasePageData>) {
  const mayWrite = useMay()("databases:write");
  const dialog = useSignal<DatabaseDialog>({ kind: "closed" });
  const { database, snapshot, project } = data.value;
  const asked = search.get("view");
  const view = DATABASE_VIEWS.find((each) => each === asked) ?? "overview";
  return (
    <div class="stack">
      <header class="database-head">
        <div>
          <h2>{database.name}</h2>
          <p>
            <Badge tone={stateTone(database)}>{stateWord(database)}</Badge>{" "}
            {`${database.database} on ${database.host}:${database.port}`}
            {database.version === "" ? "" : ` · PostgreSQL ${database.version}`}
            {snapshot === null ? null : (
              <>
                {" · last look "}
                <Age ms={snapshot.atMs} />
              </>
            )}
          </p>
        </div>
        {mayWrite ? (
          <div class="database-actions">
            <Button onClick={() => (dialog.value = { kind: "check", database })}>Check</Button>
            <Button onClick={() => (dialog.value = { kind: "edit", database })}>Change</Button>
            <Button kind="quiet" onClick={() => (dialog.value = { kind: "delete", database })}>
              Stop watching
            </Button>
          </div>
        ) : null}
      </header>
      {database.state.status === "failing" ? (
        <Card title="The last look failed">
          <ErrorState
            title={database.state.problem}
            detail={`${database.state.failures} in a row. It is asked less often until it answers.${
              snapshot === null ? "" : " What stands below is from the last look that succeeded."
            }`}
          />
        </Card>
      ) : null}
      <Views id={database.id} view={view} data={data.value} />
      {snapshot === null ? (
        <Card title="Nothing seen yet">
          <EmptyState title="The first look comes within seconds">
            {database.state.status === "failing"
              ? "It failed so far; the check says what is missing."
              : "Load this page again in a moment."}
          </EmptyState>
        </Card>
      ) : (
        <>
          {view === "overview" ? (
            <>
              <Figures snapshot={snapshot} />
              <DatabaseCharts data={data} />
            </>
          ) : null}
          {view === "activity" ? <Activity snapshot={snapshot} /> : null}
          {view === "statements" ? <Statements snapshot={snapshot} /> : null}
          {view === "tables" ? <Tables snapshot={snapshot} /> : null}
          {view === "plans" ? <Plans data={data.value} only={search.get("statement")} /> : null}
        </>
      )}
      <DatabaseDialogs dialog={dialog} projectId={project.id} />
    </div>
  );
}

function Views({
  id,
  view,
  data,
}: {
  readonly id: string;
  readonly view: DatabaseView;
  readonly data: DatabasePageData;
}) {
  const { search } = useApp().view.value;
  const advice = data.plans.filter(({ findings }) => findings.length > 0).length;
  const counts: Partial<Record<DatabaseView, number>> = {
    activity: data.database.blockedCount,
    plans: advice,
  };
  return (
    <nav class="database-views" aria-label="Parts of this page">
      {DATABASE_VIEWS.map((each) => {
        const count = counts[each] ?? 0;
        return (
          <a key={each} href={toDatabase(id, search, each)} aria-current={each === view ? "page" : undefined}>
            {VIEW_WORDS[each]}
            {count > 0 ? <Badge tone="warn">{String(count)}</Badge> : null}
          </a>
        );
      })}
    </nav>
  );
}
