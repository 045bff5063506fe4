import type { VisitRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toVisit } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { formatCount, formatDuration, UNKNOWN } from "../ui/format.ts";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { deviceText, RATING_TONES, vitalText } from "./words.ts";

export function VisitTable({ visits }: { readonly visits: readonly VisitRow[] }) {
  const { search } = useApp().view.value;
  const columns: Column<VisitRow>[] = [
    {
      id: "when",
      head: "When",
      isSecondary: true,
      sortBy: ({ startMs }) => startMs,
      cell: ({ startMs }) => <Time ms={startMs} />,
    },
    {
      id: "entry",
      head: "Entry page",
      isMain: true,
      sortBy: ({ entryPath }) => entryPath,
      cell: (row) => (
        <>
          <a href={toVisit(row.sessionId, search)} title={row.entryPath}>
            {row.entryPath || "unknown page"}
          </a>
          <small class="visit-row-more">
            <Time ms={row.startMs} /> · {deviceText(row.deviceType)} · {formatDuration(row.durationMs)}
          </small>
        </>
      ),
    },
    numberColumn("pages", "pages", ({ pageViews }) => pageViews, formatCount, { isSecondary: true }),
    numberColumn("duration", "duration", ({ durationMs }) => durationMs, formatDuration, {
      isSecondary: true,
    }),
    {
      id: "device",
      head: "device",
      isSecondary: true,
      sortBy: ({ deviceType }) => deviceText(deviceType),
      cell: ({ deviceType, connectionType }) => (
        <>
          {deviceText(deviceType) || UNKNOWN} <span class="muted">{connectionType}</span>
        </>
      ),
    },
    {
      id: "country",
      head: "country",
      isSecondary: true,
      sortBy: ({ country }) => country,
      cell: ({ country }) => country || UNKNOWN,
    },
    {
      id: "worst",
      head: "worst vital",
      hint: "The vital that is furthest beyond its thresholds in any page of the visit",
      cell: ({ worstVital }) =>
        worstVital === null ? (
          UNKNOWN
        ) : (
          <Badge tone={RATING_TONES[worstVital.rating]}>
            {worstVital.name} {vitalText(worstVital.name, worstVital.value)}
          </Badge>
        ),
    },
    {
      ...numberColumn<VisitRow>("errors", "errors", ({ errors }) => errors, formatCount),
      cell: ({ errors }) => (errors === 0 ? "0" : <Badge tone="bad">{formatCount(errors)}</Badge>),
    },
    numberColumn("requests", "requests", ({ requests }) => requests, formatCount, { isSecondary: true }),
  ];
  return <Table caption="Visits" columns={columns} rows={visits} rowKey={({ sessionId }) => sessionId} />;
}
