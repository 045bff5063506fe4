/** What the shop does: orders, conversion, revenue, sessions, and whether any of it goes with page speed. */
import type { BusinessPage as BusinessData } from "@throughline/contract";
import { useComputed, useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { KpiCards } from "../overview/KpiCards.tsx";
import { rangeText } from "../overview/rangeText.ts";
import { useNews } from "../data/useNews.ts";
import type { PageProps } from "../page.ts";
import { toCustomRange } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import { formatCount, formatNumber } from "../ui/format.ts";
import { LatencyBands } from "./LatencyBands.tsx";
import { Revenue } from "./Revenue.tsx";
import { SendEvents } from "./SendEvents.tsx";
import "./business.css";

export function BusinessPage({ data }: PageProps<BusinessData>) {
  const { view, navigate } = useApp();
  const cursorMs = useSignal<number | null>(null);
  const kpis = useComputed(() => data.value.kpis);
  const { project, range, hasEvents, timesMs, series, revenue, latency } = data.value;
  useNews("business", project.id, range.key);
  if (!hasEvents)
    return (
      <Card title="No business events yet" isFlush>
        <SendEvents projectId={project.id} />
      </Card>
    );
  const common = {
    timesMs,
    fromMs: range.fromMs,
    toMs: range.toMs,
    cursorMs,
    format: formatCount,
    formatTick: formatNumber,
    onZoom: (fromMs: number, toMs: number) =>
      void navigate(toCustomRange(view.value.path, view.value.search, fromMs, toMs)),
  };
  return (
    <div class="stack">
      <div class="business-kpis">
        <KpiCards kpis={kpis} rangeText={rangeText(range)} />
      </div>
      <div class="two business-halves">
        <ChartCard
          {...common}
          title="Orders"
          unit="a point"
          label="Orders"
          series={[{ label: "orders", values: series.orders, tone: "accent", isArea: true }]}
          emptyText="No order in this range"
        />
        <ChartCard
          {...common}
          title="Sessions, product views, searches"
          unit="a point"
          label="Active sessions, product views and searches"
          series={[
            { label: "views", values: series.productViews, tone: "mid" },
            { label: "sessions", values: series.sessions, tone: "high" },
            { label: "searches", values: series.searches, tone: "low" },
          ]}
          emptyText="Nothing in this range"
        />
      </div>
      <Revenue data={data.value} cursorMs={cursorMs} isEmpty={revenue.length === 0} />
      <LatencyBands latency={latency} />
      <details class="tell">
        <summary>Which events are counted, and how to send them</summary>
        <SendEvents projectId={project.id} />
      </details>
    </div>
  );
}
