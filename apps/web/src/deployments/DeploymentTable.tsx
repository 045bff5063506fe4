import type { Deployment } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toChangesAround } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { formatDuration, UNKNOWN } from "../ui/format.ts";
import { Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { STATUS_TONES } from "./statusText.ts";
import "./deployments.css";

const SHA_SHOWN = 7;

export function DeploymentTable({ deployments }: { readonly deployments: readonly Deployment[] }) {
  const { search } = useApp().view.value;
  const columns: Column<Deployment>[] = [
    {
      id: "started",
      head: "Started",
      cell: (row) => (
        <a class="link" href={changesOf(row, search)} title="What changed with this deployment">
          <Time ms={row.startedAtMs} precision="minute" />
        </a>
      ),
    },
    {
      id: "what",
      head: "What",
      isMain: true,
      cell: (row) => (
        <>
          <span>
            {row.service === "" ? "whole project" : row.service}{" "}
            {row.release === "" ? null : <b>{row.release}</b>}
          </span>
          <small>{row.message.split("\n", 1)[0]}</small>
        </>
      ),
    },
    {
      id: "status",
      head: "Status",
      cell: ({ status }) => <Badge tone={STATUS_TONES[status]}>{status}</Badge>,
    },
    {
      id: "environment",
      head: "Environment",
      isSecondary: true,
      cell: ({ environment }) => environment || UNKNOWN,
    },
    {
      id: "duration",
      head: "Took",
      align: "end",
      isSecondary: true,
      cell: ({ durationMs, status }) =>
        durationMs === null ? (status === "started" ? "running" : UNKNOWN) : formatDuration(durationMs),
    },
    {
      id: "who",
      head: "Who",
      isSecondary: true,
      cell: (row) => <Origin row={row} />,
    },
    {
      id: "changes",
      head: "What changed",
      isHeadUnseen: true,
      isSecondary: true,
      cell: (row) => (
        <a class="link" href={changesOf(row, search)}>
          What changed
        </a>
      ),
    },
  ];
  return <Table caption="Deployments" columns={columns} rows={deployments} rowKey={({ id }) => id} />;
}

function changesOf({ finishedAtMs, startedAtMs, service }: Deployment, keep: URLSearchParams): string {
  return toChangesAround(finishedAtMs ?? startedAtMs, { metric: "p95", service }, keep);
}

/** Who, and from which commit by which system. */
function Origin({ row }: { readonly row: Deployment }) {
  const commit = [row.branch, row.gitSha.slice(0, SHA_SHOWN)].filter(Boolean).join(" @ ");
  const source = row.source || "open";
  return (
    <span class="deployment-origin">
      <span>{row.author || UNKNOWN}</span>
      <small>
        {commit}
        {row.url === "" ? (
          row.source === "" ? null : (
            ` ${row.source}`
          )
        ) : (
          <>
            {" "}
            <a href={row.url} rel="noreferrer">
              {source}
            </a>
          </>
        )}
      </small>
    </span>
  );
}
