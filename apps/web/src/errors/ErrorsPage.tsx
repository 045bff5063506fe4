/** Errors that are alike, together. The address is the whole state: it can be sent to somebody. */
import type { ErrorGroupRow, ErrorList } from "@throughline/contract";
import { useApp, useMay } from "../data/appState.ts";
import { Onboarding } from "../overview/Onboarding.tsx";
import { useNews } from "../data/useNews.ts";
import type { PageProps } from "../page.ts";
import { toError, toErrors, toHelp, withSearch, type ErrorFilter } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Sparkline } from "../ui/Sparkline.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatCount, formatShortCount, UNKNOWN } from "../ui/format.ts";
import { ErrorFilters } from "./ErrorFilters.tsx";
import { affected, eventText, eventTone, STATE_TONES, stateWord } from "./errorWords.ts";
import { useDecide } from "./useDecide.ts";
import "./errors.css";

export function ErrorsPage({ data, search }: PageProps<ErrorList>) {
  const { project, errors, totals, events, services, releases, nextCursor } = data.value;
  const filter = readErrorFilter(search);
  useNews("errors", project.id, data.value.range.key);
  if (!project.hasData) return <Onboarding project={project} />;
  const isFiltered = Object.keys(filter).some((name) => name !== "sort");
  return (
    <div class="stack">
      <ErrorFilters key={search.toString()} filter={filter} services={services} releases={releases} />
      <Events events={events} search={search} />
      <Card
        title="Errors"
        isFlush
        aside={`${formatCount(totals.groups)} kinds, seen ${formatShortCount(totals.count)} times`}
      >
        {errors.length > 0 ? (
          <ErrorTable errors={errors} project={project.id} />
        ) : (
          <EmptyState
            title={isFiltered ? "No error matches this filter" : "No unresolved errors in this range"}
            action={
              isFiltered ? (
                <ButtonLink href={toErrors({}, search)}>Clear the filter</ButtonLink>
              ) : (
                <ButtonLink href={toErrors({ state: "all" }, search)}>
                  Show resolved and ignored ones
                </ButtonLink>
              )
            }
          >
            {isFiltered ? (
              "Loosen the filter, or choose a longer range."
            ) : (
              <>
                Exceptions that spans and logs record appear here, and errors of browsers that run the script.
                How to connect them is told in <a href={toHelp(search)}>Connect &amp; help</a>.
              </>
            )}
          </EmptyState>
        )}
      </Card>
      <Pager filter={filter} search={search} nextCursor={nextCursor} />
    </div>
  );
}

function readErrorFilter(search: URLSearchParams): ErrorFilter {
  const names = ["q", "service", "release", "source", "state", "sort"] as const;
  return Object.fromEntries(names.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])));
}

function Pager({
  filter,
  search,
  nextCursor,
}: {
  readonly filter: ErrorFilter;
  readonly search: URLSearchParams;
  readonly nextCursor: string | null;
}) {
  if (nextCursor === null && !search.has("cursor")) return null;
  const next = new URLSearchParams(search);
  next.set("cursor", nextCursor ?? "");
  return (
    <nav class="pager" aria-label="Pages of the list">
      {search.has("cursor") ? <ButtonLink href={toErrors(filter, search)}>First page</ButtonLink> : null}
      {nextCursor === null ? null : <ButtonLink href={withSearch("/errors", next)}>Next page</ButtonLink>}
    </nav>
  );
}

function Events({
  events,
  search,
}: {
  readonly events: ErrorList["events"];
  readonly search: URLSearchParams;
}) {
  if (events.length === 0) return null;
  return (
    <Card title="New and back" aside={<span class="muted">in this range, newest first</span>}>
      <ol class="error-events">
        {events.map((event) => (
          <li key={event.id}>
            <Badge tone={eventTone(event.kind)}>{eventText(event)}</Badge>
            <a class="link error-event-name" href={toError(event.fingerprint, search)} title={event.message}>
              {event.type || "Error"}: {event.message || "no message"}
            </a>
            <Age ms={event.atMs} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function ErrorTable({
  errors,
  project,
}: {
  readonly errors: readonly ErrorGroupRow[];
  readonly project: string;
}) {
  const { search } = useApp().view.value;
  const may = useMay();
  const decide = useDecide(project);
  const columns: Column<ErrorGroupRow>[] = [
    {
      id: "error",
      head: "Error",
      isMain: true,
      cell: (row) => (
        <div class="error-name">
          <a href={toError(row.fingerprint, search)} title={row.message}>
            <b>{row.type || "Error"}</b> {row.message || "no message"}
          </a>
          <small class="muted">
            {[row.service, row.releases.at(-1)].filter(Boolean).join(" · ")} · first seen{" "}
            <Age ms={row.firstSeenMs} />{" "}
            {row.state.status === "open" ? null : (
              <Badge tone={STATE_TONES[row.state.status]}>{stateWord(row.state)}</Badge>
            )}
            {row.state.owner === null ? null : ` ${row.state.owner.name}`}
          </small>
        </div>
      ),
    },
    {
      id: "course",
      head: "Course",
      isSecondary: true,
      cell: ({ sparkline }) => <Sparkline values={sparkline} />,
    },
    numberColumn("count", "times", (row) => row.count, formatShortCount),
    {
      ...numberColumn<ErrorGroupRow>(
        "affected",
        "users",
        (row) => affected(row)?.count ?? null,
        formatShortCount,
        {
          isSecondary: true,
          hint: "Users where they are named (user.id), else sessions",
        },
      ),
      cell: (row) => {
        const met = affected(row);
        return met === null ? (
          <span title="Nobody is named: send user.id or session.id">{UNKNOWN}</span>
        ) : (
          <span title={met.unit}>{formatShortCount(met.count)}</span>
        );
      },
    },
    {
      ...numberColumn<ErrorGroupRow>("seen", "last seen", (row) => row.lastSeenMs, formatCount),
      cell: ({ lastSeenMs }) => <Age ms={lastSeenMs} />,
    },
  ];
  if (may("errors:write"))
    columns.push({
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      isSecondary: true,
      cell: (row) => {
        const isSettled = row.state.status === "resolved" || row.state.status === "ignored";
        const verb = isSettled ? "Reopen" : "Resolve";
        return (
          <div class="row-actions">
            <Button
              kind="quiet"
              aria-label={`${verb} ${row.type}: ${row.message.slice(0, 60)}`}
              onClick={() => void decide(row, { status: isSettled ? "open" : "resolved" })}
            >
              {verb}
            </Button>
          </div>
        );
      },
    });
  return <Table caption="Errors" columns={columns} rows={errors} rowKey={({ fingerprint }) => fingerprint} />;
}
