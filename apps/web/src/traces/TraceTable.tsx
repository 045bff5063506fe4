import type { TraceRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toTrace } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { formatMs } from "../ui/format.ts";

export function TraceTable({
  traces,
  hasService,
}: {
  readonly traces: readonly TraceRow[];
  readonly hasService: boolean;
}) {
  const { search } = useApp().view.value;
  const columns: Column<TraceRow>[] = [
    {
      id: "time",
      head: "Time",
      sortBy: ({ timeMs }) => timeMs,
      isSecondary: true,
      cell: ({ timeMs }) => <Time ms={timeMs} />,
    },
    {
      id: "name",
      head: "Request",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ name, service, traceId, timeMs }) => (
        <>
          <a href={toTrace(traceId, search)} title={name}>
            {name}
          </a>
          <small class={hasService ? "" : "narrow-only"}>
            {hasService ? service : null}
            <span class="narrow-only">
              {hasService ? " · " : ""}
              <Time ms={timeMs} />
            </span>
          </small>
        </>
      ),
    },
    {
      id: "status",
      head: "status",
      sortBy: ({ httpStatus }) => httpStatus,
      cell: ({ status, httpStatus }) => <TraceStatus status={status} httpStatus={httpStatus} />,
    },
    numberColumn("duration", "ms", (row) => row.durationMs, formatMs),
    {
      id: "id",
      head: "trace",
      isSecondary: true,
      cell: ({ traceId }) => <code class="muted">{traceId.slice(0, 8)}</code>,
    },
  ];
  return (
    <Table
      caption="Traces"
      columns={columns}
      rows={traces}
      rowKey={({ traceId, spanId }) => traceId + spanId}
    />
  );
}

function TraceStatus({ status, httpStatus }: Pick<TraceRow, "status" | "httpStatus">) {
  if (status === "error") return <Badge tone="bad">{httpStatus > 0 ? `${httpStatus} error` : "error"}</Badge>;
  return <span class="muted">{httpStatus > 0 ? httpStatus : status === "ok" ? "ok" : "–"}</span>;
}
