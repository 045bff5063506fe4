/** What one release has that another has not, and which routes differ. */
import type { ReleaseDiff, ReleaseNovelties, ReleaseNovelty, ReleaseRoute } from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { useApp } from "../data/appState.ts";
import { toError, toQuery, toTrace, toTraces } from "../paths.ts";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age, Time } from "../ui/Time.tsx";
import { formatBytes, formatCount, formatMs, formatShare, formatShortCount, UNKNOWN } from "../ui/format.ts";

export function Diff({ diff }: { readonly diff: ReleaseDiff }) {
  const { search } = useApp().view.value;
  const { a, b, errors, spanNames, queries, repeatedQueries, newRoutes } = diff;
  return (
    <>
      <Card title={`${b.release} against ${a.release}`} aside={diff.service}>
        <div class="diff-sides">
          <SideFacts side={b} />
          <SideFacts side={a} />
        </div>
        {diff.caution === null ? null : <p class="diff-caution">{diff.caution}</p>}
      </Card>
      <Routes diff={diff} />
      <div class="two">
        <Novelties
          title="New errors"
          of={errors}
          none="No error that the other release did not have."
          times="times"
        >
          {({ name, detail, id }) => (
            <a href={toError(id, search)} title={detail}>
              <b>{name || "Error"}</b> {detail || "no message"}
            </a>
          )}
        </Novelties>
        <Novelties
          title="New repeated statements (N+1)"
          of={repeatedQueries}
          none="No statement that one span runs again and again only now."
          times="groups"
        >
          {({ name, id }) => (
            <a class="diff-code" href={toQuery(id, search)} title={name}>
              {name}
            </a>
          )}
        </Novelties>
        <Novelties
          title="New statements"
          of={queries}
          none="No statement that the other release did not run."
          times="runs"
        >
          {({ name, id }) => (
            <a class="diff-code" href={toQuery(id, search)} title={name}>
              {name}
            </a>
          )}
        </Novelties>
        <Novelties
          title="New span names"
          of={spanNames}
          none="No span name that the other release did not have."
          times="spans"
          note={namesNote(diff)}
        >
          {({ name }) => (
            <a href={toTraces({ service: diff.service, name }, search)} title={name}>
              {name}
            </a>
          )}
        </Novelties>
      </div>
      {newRoutes.length === 0 ? null : (
        <Card title="New routes" aside={formatCount(newRoutes.length)}>
          <ul class="diff-routes">
            {newRoutes.map((route) => (
              <li key={route}>
                <a class="link" href={toTraces({ service: diff.service, route }, search)}>
                  {route === "" ? "no route" : route}
                </a>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function SideFacts({ side }: { readonly side: ReleaseDiff["a"] }) {
  const { release, firstSeenMs, lastSeenMs, requests, failed, spans } = side;
  return (
    <p>
      <b>{release}</b> first seen <Age ms={firstSeenMs} />, last seen <Age ms={lastSeenMs} />.{" "}
      <span class="muted">
        {formatShortCount(spans)} spans, {formatShortCount(requests)} requests
        {requests === 0 ? "" : `, ${formatShare(failed / requests)} % failed`}
      </span>
    </p>
  );
}

function namesNote({ a, b }: ReleaseDiff): ComponentChildren {
  const limited = [a, b].filter(({ namesFromMs }) => namesFromMs !== null);
  if (limited.length === 0) return null;
  return (
    <p class="card-empty">
      Only the newest spans are looked through:{" "}
      {limited.map(({ release, namesFromMs }) => (
        <span key={release}>
          of {release} those since <Time ms={namesFromMs ?? 0} precision="minute" />.{" "}
        </span>
      ))}
    </p>
  );
}

function Novelties({
  title,
  of: { added, addedCount, removedCount },
  none,
  times,
  note = null,
  children,
}: {
  readonly title: string;
  readonly of: ReleaseNovelties;
  readonly none: string;
  /** What the count counts. */
  readonly times: string;
  readonly note?: ComponentChildren;
  readonly children: (row: ReleaseNovelty) => ComponentChildren;
}) {
  const { search } = useApp().view.value;
  const columns: Column<ReleaseNovelty>[] = [
    { id: "name", head: "Name", isMain: true, cell: (row) => <div class="diff-name">{children(row)}</div> },
    numberColumn("count", times, (row) => row.count, formatShortCount),
    {
      id: "trace",
      head: "trace",
      align: "end",
      cell: ({ traceId }) =>
        traceId === null ? (
          <span class="muted">{UNKNOWN}</span>
        ) : (
          <a class="link" href={toTrace(traceId, search)}>
            {traceId.slice(0, 8)}
          </a>
        ),
    },
  ];
  return (
    <Card title={title} isFlush aside={`${formatCount(addedCount)} new, ${formatCount(removedCount)} gone`}>
      {added.length === 0 ? (
        <p class="card-empty">{none}</p>
      ) : (
        <Table caption={title} columns={columns} rows={added} rowKey={({ id, name }) => `${id} ${name}`} />
      )}
      {note}
    </Card>
  );
}

const VERDICTS: Readonly<Record<ReleaseRoute["verdict"], { readonly text: string; readonly tone: Tone }>> = {
  slower: { text: "slower", tone: "bad" },
  faster: { text: "faster", tone: "good" },
  same: { text: "same", tone: "neutral" },
  "not-enough-data": { text: "not enough data", tone: "neutral" },
};

function Routes({ diff: { routes, routeCount, service } }: { readonly diff: ReleaseDiff }) {
  const { search } = useApp().view.value;
  const columns: Column<ReleaseRoute>[] = [
    {
      id: "route",
      head: "Route",
      isMain: true,
      sortBy: ({ route }) => route,
      cell: ({ route, verdict, payload }) => (
        <>
          <a href={toTraces({ service, route }, search)} title={route}>
            {route === "" ? "no route" : route}
          </a>
          <small>
            <Badge tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].text}</Badge>{" "}
            {payload === "bigger" ? <Badge tone="warn">bigger answers</Badge> : null}
            {payload === "smaller" ? <Badge tone="good">smaller answers</Badge> : null}
          </small>
        </>
      ),
    },
    numberColumn("before", "p75 before", (row) => row.p75MsA, formatMs),
    numberColumn("after", "p75 ms", (row) => row.p75MsB, formatMs),
    {
      id: "bytes",
      head: "answer",
      align: "end",
      isSecondary: true,
      cell: ({ responseBytesAvgA, responseBytesAvgB }) =>
        `${bytesText(responseBytesAvgA)} → ${bytesText(responseBytesAvgB)}`,
    },
    {
      ...numberColumn<ReleaseRoute>("requests", "requests", (row) => row.nB, formatShortCount, {
        isSecondary: true,
      }),
      cell: ({ nA, nB }) => `${formatShortCount(nA)} → ${formatShortCount(nB)}`,
    },
    {
      id: "trace",
      head: "trace",
      align: "end",
      isSecondary: true,
      cell: ({ traceId }) =>
        traceId === null ? (
          <span class="muted">{UNKNOWN}</span>
        ) : (
          <a class="link" href={toTrace(traceId, search)} title="The slowest one of the newer release">
            {traceId.slice(0, 8)}
          </a>
        ),
    },
  ];
  return (
    <Card
      title="Routes of both"
      isFlush
      aside={`${routes.length} of ${formatCount(routeCount)}, what differs first`}
    >
      {routes.length === 0 ? (
        <p class="card-empty">No route was asked for in both releases.</p>
      ) : (
        <Table
          caption="Routes of both releases"
          columns={columns}
          rows={routes}
          rowKey={({ route }) => route}
        />
      )}
    </Card>
  );
}

const bytesText = (bytes: number | null): string => (bytes === null ? UNKNOWN : formatBytes(bytes));
