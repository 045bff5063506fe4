import type { BusinessPage } from "@throughline/contract";
import type { Signal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { toCustomRange } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { SeriesTone } from "../ui/chart/TimeChart.tsx";
import { formatCount, formatNumber, UNKNOWN } from "../ui/format.ts";
import { Table, type Column } from "../ui/Table.tsx";

type Row = BusinessPage["revenue"][number];
const TONES: readonly SeriesTone[] = ["mid", "high", "low"];
/** Lines beyond can't be told apart; the table has all. */
const LINES_MAX = TONES.length;

const COLUMNS: readonly Column<Row>[] = [
  { id: "currency", head: "Currency", isMain: true, cell: ({ currency }) => currency || "not named" },
  { id: "orders", head: "Orders", align: "end", cell: ({ orders }) => formatCount(orders) },
  { id: "total", head: "In this range", align: "end", cell: ({ total }) => money(total) },
  {
    id: "previous",
    head: "Before",
    hint: "In the period of the same length before",
    align: "end",
    isSecondary: true,
    cell: ({ previous }) => (previous === null ? UNKNOWN : money(previous)),
  },
  { id: "perHour", head: "An hour", align: "end", isSecondary: true, cell: ({ perHour }) => money(perHour) },
  { id: "perDay", head: "A day", align: "end", cell: ({ perDay }) => money(perDay) },
];

/** Amounts of different currencies are never added up. */
export function Revenue({
  data,
  cursorMs,
  isEmpty,
}: {
  readonly data: BusinessPage;
  readonly cursorMs: Signal<number | null>;
  readonly isEmpty: boolean;
}) {
  const { view, navigate } = useApp();
  const { revenue, range, timesMs } = data;
  const named = revenue.filter(({ currency, total }) => currency !== "" && total > 0).slice(0, LINES_MAX);
  return (
    <div class="two business-halves">
      <ChartCard
        title="Revenue"
        unit="a point, each in its own currency"
        label="Revenue by currency"
        timesMs={timesMs}
        fromMs={range.fromMs}
        toMs={range.toMs}
        series={named.map(({ currency, byPoint }, index) => ({
          label: currency,
          values: byPoint,
          tone: TONES[index] ?? "mid",
        }))}
        format={money}
        formatTick={formatNumber}
        cursorMs={cursorMs}
        onZoom={(fromMs, toMs) =>
          void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs))
        }
        emptyText="No revenue in this range: orders carry it as revenue and currency"
      />
      <Card title="Revenue by currency" isFlush>
        {isEmpty ? (
          <p class="card-empty">
            No order in this range. Send <code>order</code> with <code>revenue</code> and{" "}
            <code>currency</code>.
          </p>
        ) : (
          <Table
            caption="Revenue by currency"
            columns={COLUMNS}
            rows={revenue}
            rowKey={({ currency }) => currency}
          />
        )}
        <p class="card-note">Without cancelled orders; an order counts once, however often it is sent.</p>
      </Card>
    </div>
  );
}

function money(amount: number): string {
  return amount < 100 ? amount.toFixed(2) : formatCount(amount);
}
