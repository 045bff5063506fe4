import type { EndpointPage, EndpointPart, EndpointStatement } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toQuery } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatMs, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";

type Release = EndpointPage["releases"][number];

export function StatementTable({ statements }: { readonly statements: readonly EndpointStatement[] }) {
  const { search } = useApp().view.value;
  return (
    <Table<EndpointStatement>
      caption="Statements that the endpoint runs"
      rows={statements}
      rowKey={({ hash }) => hash}
      columns={[
        {
          id: "statement",
          head: "Statement",
          isMain: true,
          sortBy: ({ statement }) => statement,
          cell: ({ hash, statement, repeatedGroups }) => (
            <>
              <a class="endpoint-statement" href={toQuery(hash, search)} title={statement}>
                {statement}
              </a>
              {repeatedGroups > 0 ? (
                <small>
                  <Badge tone="warn">N+1?</Badge>
                </small>
              ) : null}
            </>
          ),
        },
        numberColumn("runs", "runs", (row) => row.executions, formatShortCount, { isSecondary: true }),
        numberColumn("each", "a request", (row) => row.executionsPerRequest, formatNumber, {
          hint: "Runs for each request of the endpoint",
        }),
        numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
        numberColumn("share", "of its time %", (row) => row.shareOfRequestTime, formatShare, {
          hint: "Query time for the time that the endpoint's requests took",
        }),
      ]}
    />
  );
}

function partColumns<Row extends EndpointPart>(head: string): Column<Row>[] {
  return [
    {
      id: "value",
      head,
      isMain: true,
      sortBy: ({ value }) => value,
      cell: ({ value }) => (value === "" ? <span class="muted">not told</span> : value),
    },
    numberColumn<Row>("requests", "requests", (row) => row.requests, formatShortCount),
    numberColumn<Row>("failed", "failed", (row) => row.failed, formatShortCount),
    numberColumn<Row>("p95", "p95 ms", (row) => row.p95Ms, formatMs),
  ];
}

export function PartTable({
  caption,
  head,
  parts,
}: {
  readonly caption: string;
  readonly head: string;
  readonly parts: readonly EndpointPart[];
}) {
  if (parts.length === 0) return <p class="card-empty">No requests in this range.</p>;
  return (
    <Table<EndpointPart>
      caption={caption}
      rows={parts}
      rowKey={({ value }) => value}
      columns={partColumns<EndpointPart>(head)}
    />
  );
}

export function ReleaseTable({ releases }: { readonly releases: readonly Release[] }) {
  return (
    <Table<Release>
      caption="Releases that answered, newest first"
      rows={releases}
      rowKey={({ value }) => value}
      columns={[
        {
          id: "value",
          head: "Release",
          isMain: true,
          sortBy: ({ value }) => value,
          cell: ({ value, firstSeenMs }) => (
            <>
              {value}
              <small>
                first <Age ms={firstSeenMs} />
              </small>
            </>
          ),
        },
        ...partColumns<Release>("Release").slice(1),
      ]}
    />
  );
}
