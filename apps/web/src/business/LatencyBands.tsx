import type { BusinessPage } from "@throughline/contract";
import { Card } from "../ui/Card.tsx";
import { formatCount, formatShare } from "../ui/format.ts";
import { Table, type Column } from "../ui/Table.tsx";

type Band = BusinessPage["latency"]["bands"][number];

/** Bands of page speed with their own n and rate. It says what was together, and nothing about causes. */
export function LatencyBands({ latency }: { readonly latency: BusinessPage["latency"] }) {
  const { bands, reason, sessions } = latency;
  const highest = Math.max(0.01, ...bands.map(({ high }) => high ?? 0));
  const columns: readonly Column<Band>[] = [
    { id: "band", head: "Slowest LCP of the session", isMain: true, cell: ({ band }) => band },
    { id: "n", head: "Sessions", align: "end", cell: ({ n }) => formatCount(n) },
    { id: "k", head: "With an order", align: "end", isSecondary: true, cell: ({ k }) => formatCount(k) },
    {
      id: "rate",
      head: "Ordered %",
      align: "end",
      cell: ({ rate }) => (rate === null ? <span class="muted">too few</span> : <b>{formatShare(rate)}</b>),
    },
    {
      id: "interval",
      head: "95 % interval",
      align: "end",
      isSecondary: true,
      cell: ({ low, high }) =>
        low === null || high === null ? "" : `${formatShare(low)} – ${formatShare(high)}`,
    },
    {
      id: "bar",
      head: "Ordered, with interval",
      isHeadUnseen: true,
      isSecondary: true,
      cell: (band) => <IntervalBar band={band} highest={highest} />,
    },
  ];
  return (
    <Card title="Orders and page speed" isFlush aside={`${formatCount(sessions)} sessions`}>
      {bands.length === 0 ? null : (
        <Table
          caption="Share of sessions with an order, by page speed"
          columns={columns}
          rows={bands}
          rowKey={({ band }) => band}
        />
      )}
      <p class="card-note">
        {reason === null ? "" : `${reason} `}
        Sessions with slow pages also differ in device, place and connection, so this shows what goes together
        and not what leads to what.
      </p>
    </Card>
  );
}

const WIDTH = 160;

function IntervalBar({
  band: { rate, low, high },
  highest,
}: {
  readonly band: Band;
  readonly highest: number;
}) {
  if (rate === null || low === null || high === null) return null;
  const x = (share: number): number => (share / highest) * WIDTH;
  return (
    <svg class="interval-bar" viewBox={`0 0 ${WIDTH} 10`} width={WIDTH} height="10" aria-hidden="true">
      <rect
        class="interval-reach"
        x={x(low)}
        y="3.5"
        width={Math.max(1, x(high) - x(low))}
        height="3"
        rx="1.5"
      />
      <circle class="interval-rate" cx={x(rate)} cy="5" r="3.5" />
    </svg>
  );
}
