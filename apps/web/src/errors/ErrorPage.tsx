/** One error: what it is, how often, since which release, where, with real occurrences and what was decided. */
import type { ErrorOccurrence, ErrorPage as ErrorPageData } from "@throughline/contract";
import { useComputed, useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { useNews } from "../data/useNews.ts";
import type { PageProps } from "../page.ts";
import { toCustomRange, toErrors, toTrace, toVisit } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartSeries } from "../ui/chart/TimeChart.tsx";
import { Code } from "../ui/Code.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { Age, Time } from "../ui/Time.tsx";
import { formatCount, formatNumber, formatShortCount, UNKNOWN } from "../ui/format.ts";
import { CodePlaces } from "../visits/CodePlaces.tsx";
import { ErrorActions } from "./ErrorActions.tsx";
import { affected, eventText, eventTone, STATE_TONES, stateText, stateWord } from "./errorWords.ts";
import "./errors.css";

type Release = ErrorPageData["releases"][number];
type Route = ErrorPageData["routes"][number];

export function ErrorPage({ data }: PageProps<ErrorPageData>) {
  const { error, releases, routes, occurrences, history, project, range } = data.value;
  const { search } = useApp().view.value;
  useNews("errors", project.id, range.key);
  return (
    <div class="stack">
      <Card
        title={error.type || "Error"}
        aside={<Badge tone={STATE_TONES[error.state.status]}>{stateWord(error.state)}</Badge>}
      >
        <p class="error-message">{error.message || "It has no message."}</p>
        <Facts page={data.value} />
        <p class="muted error-said">{stateText(error.state)}</p>
        <ErrorActions page={data.value} />
      </Card>
      <Course data={data} />
      <Card title="Occurrences" aside="the newest of this range">
        {occurrences.length === 0 ? (
          <p class="card-empty">
            Not seen in this range. Its last time was <Age ms={error.lastSeenMs} />: choose a longer range.
          </p>
        ) : (
          <Occurrences occurrences={occurrences} />
        )}
      </Card>
      <div class="two">
        <Card title="Releases" isFlush>
          <Table<Release>
            caption="Releases with this error, last seen first"
            rows={releases}
            rowKey={({ release }) => release}
            columns={[
              {
                id: "release",
                head: "Release",
                isMain: true,
                cell: ({ release }) =>
                  release === "" ? (
                    <span class="muted" title="The sender named none: set service.version">
                      not named
                    </span>
                  ) : (
                    <a class="link" href={toErrors({ release, state: "all" }, search)}>
                      {release}
                    </a>
                  ),
              },
              numberColumn("count", "times", (row) => row.count, formatShortCount),
              {
                ...numberColumn<Release>("first", "first", (row) => row.firstSeenMs, formatCount),
                cell: ({ firstSeenMs }) => <Age ms={firstSeenMs} />,
              },
              {
                ...numberColumn<Release>("last", "last", (row) => row.lastSeenMs, formatCount),
                cell: ({ lastSeenMs }) => <Age ms={lastSeenMs} />,
              },
            ]}
          />
        </Card>
        <Card
          title={error.source === "browser" ? "Pages" : "Routes"}
          isFlush
          aside="whole days of this range"
        >
          {routes.length === 0 ? (
            <p class="card-empty">Not seen on these days.</p>
          ) : (
            <Table<Route>
              caption={error.source === "browser" ? "Pages with this error" : "Routes with this error"}
              rows={routes}
              rowKey={({ route }) => route}
              columns={[
                {
                  id: "route",
                  head: error.source === "browser" ? "Page" : "Route",
                  isMain: true,
                  cell: ({ route }) =>
                    route === "" ? <span class="muted">outside of a request</span> : route,
                },
                numberColumn("count", "times", (row) => row.count, formatShortCount),
              ]}
            />
          )}
        </Card>
      </div>
      <Card title="History">
        {history.length === 0 ? (
          <p class="card-empty">Nothing was decided yet.</p>
        ) : (
          <ol class="error-events">
            {history.map((event) => (
              <li key={event.id}>
                <Badge tone={eventTone(event.kind)}>{eventText(event)}</Badge>
                <span class="error-event-name">{event.note}</span>
                <Time ms={event.atMs} precision="minute" />
              </li>
            ))}
          </ol>
        )}
      </Card>
    </div>
  );
}

function Facts({ page: { error } }: { readonly page: ErrorPageData }) {
  const met = affected(error);
  return (
    <dl class="error-facts">
      <div>
        <dt>In this range</dt>
        <dd>{formatCount(error.count)}</dd>
      </div>
      <div>
        <dt>{met?.unit === "sessions" ? "Sessions affected" : "Users affected"}</dt>
        <dd>
          {met === null ? (
            <span title="Nobody is named: send user.id or session.id">{UNKNOWN}</span>
          ) : (
            formatCount(met.count)
          )}
        </dd>
      </div>
      <div title="Told as not caught by the application">
        <dt>Unhandled</dt>
        <dd>{formatCount(error.unhandled)}</dd>
      </div>
      <div>
        <dt>Ever</dt>
        <dd>{formatShortCount(error.countEver)}</dd>
      </div>
      <div>
        <dt>First seen</dt>
        <dd>
          <Age ms={error.firstSeenMs} />
        </dd>
      </div>
      <div>
        <dt>Last seen</dt>
        <dd>
          <Age ms={error.lastSeenMs} />
        </dd>
      </div>
      <div>
        <dt>{error.source === "browser" ? "From" : "Service"}</dt>
        <dd>{error.source === "browser" ? "browsers" : error.service}</dd>
      </div>
    </dl>
  );
}

function Course({ data }: Pick<PageProps<ErrorPageData>, "data">) {
  const { view, navigate } = useApp();
  const cursorMs = useSignal<number | null>(null);
  const series = useComputed<readonly ChartSeries[]>(() => {
    const { counts } = data.value.series;
    if (!counts.some((count) => count > 0)) return [];
    return [{ label: "errors", values: counts, tone: "high", isArea: true }];
  });
  const { series: course, range } = data.value;
  return (
    <ChartCard
      title="Course"
      label="Occurrences"
      timesMs={course.timesMs}
      fromMs={range.fromMs}
      toMs={range.toMs}
      cursorMs={cursorMs}
      emptyText="Not seen in this range"
      onZoom={(fromMs: number, toMs: number) =>
        void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs))
      }
      series={series.value}
      format={formatNumber}
      formatTick={formatNumber}
      unit=""
    />
  );
}

function Occurrences({ occurrences }: { readonly occurrences: readonly ErrorOccurrence[] }) {
  return (
    <ol class="error-occurrences">
      {occurrences.map((occurrence, index) => (
        <li key={`${occurrence.timeMs} ${occurrence.spanId ?? ""} ${index}`}>
          <details open={index === 0}>
            <summary>
              <Time ms={occurrence.timeMs} /> <span class="muted">{placeOf(occurrence)}</span>{" "}
              {occurrence.isHandled ? null : <Badge tone="bad">unhandled</Badge>}
            </summary>
            <Occurrence occurrence={occurrence} />
          </details>
        </li>
      ))}
    </ol>
  );
}

const placeOf = ({ route, release, environment }: ErrorOccurrence): string =>
  [route, release, environment].filter(Boolean).join(" · ");

function Occurrence({ occurrence }: { readonly occurrence: ErrorOccurrence }) {
  const { search } = useApp().view.value;
  const { message, stack, frames, traceId, sessionId, attributes } = occurrence;
  return (
    <div class="error-occurrence">
      <p class="error-message">{message || "It has no message."}</p>
      <CodePlaces places={frames.map((place) => ({ place, note: "" }))} />
      {stack === "" ? (
        <p class="muted">No stack was sent.</p>
      ) : (
        <Code text={stack} label="The stack as it was sent" />
      )}
      {Object.keys(attributes).length === 0 ? null : (
        <dl class="error-attributes">
          {Object.entries(attributes).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <div class="error-actions">
        {traceId === null ? null : <ButtonLink href={toTrace(traceId, search)}>Trace</ButtonLink>}
        {sessionId === null ? null : <ButtonLink href={toVisit(sessionId, search)}>Visit</ButtonLink>}
      </div>
    </div>
  );
}
