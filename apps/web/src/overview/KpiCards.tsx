/** The key numbers. A live event changes the text nodes that differ, nothing else. */
import type { Kpi } from "@throughline/contract";
import { useComputed, type ReadonlySignal } from "@preact/signals";
import { Sparkline } from "../ui/Sparkline.tsx";
import { formatShortCount } from "../ui/format.ts";
import { kpiChange, kpiQuantity } from "./kpiText.ts";
import "./kpi.css";

export function KpiCards({
  kpis,
  rangeText,
}: {
  readonly kpis: ReadonlySignal<readonly Kpi[]>;
  /** "24 h": what the change compares with is the same length before. */
  readonly rangeText: string;
}) {
  const ids = useComputed(() => kpis.value.map(({ id }) => id).join("\n"));
  return (
    <section class="kpis" aria-label="Key numbers">
      {ids.value.split("\n").map((id) => (
        <KpiCard key={id} id={id} kpis={kpis} rangeText={rangeText} />
      ))}
    </section>
  );
}

function KpiCard({
  id,
  kpis,
  rangeText,
}: {
  readonly id: string;
  readonly kpis: ReadonlySignal<readonly Kpi[]>;
  readonly rangeText: string;
}) {
  const kpi = useComputed(() => kpis.value.find((one) => one.id === id) ?? EMPTY);
  const value = useComputed(() => kpiQuantity(kpi.value).value);
  const unit = useComputed(() => kpiQuantity(kpi.value).unit);
  const title = useComputed(() => kpi.value.title);
  return (
    <article class="kpi">
      <h2>{title}</h2>
      <p class="kpi-value">
        <b>{value}</b> <span>{unit}</span>
      </p>
      <Change kpi={kpi} rangeText={rangeText} />
      <Course kpi={kpi} />
      <Foot kpi={kpi} />
    </article>
  );
}

function Change({ kpi, rangeText }: { readonly kpi: ReadonlySignal<Kpi>; readonly rangeText: string }) {
  const change = useComputed(() => kpiChange(kpi.value));
  const text = useComputed(() => change.value?.text ?? "");
  const tone = useComputed(() => change.value?.tone ?? "muted");
  const base = useComputed(() => {
    if (kpi.value.value === null) return "";
    return change.value === null ? "nothing to compare yet" : ` vs previous ${rangeText}`;
  });
  return (
    <p class="kpi-change">
      <span class={tone}>{text}</span>
      <span class="muted">{base}</span>
    </p>
  );
}

function Course({ kpi }: { readonly kpi: ReadonlySignal<Kpi> }) {
  const values = useComputed(() => kpi.value.sparkline);
  return <Sparkline values={values.value} />;
}

function Foot({ kpi }: { readonly kpi: ReadonlySignal<Kpi> }) {
  const text = useComputed(() => kpi.value.reason ?? `n = ${formatShortCount(kpi.value.sampleCount)}`);
  return <p class="kpi-foot">{text}</p>;
}

const EMPTY: Kpi = {
  id: "",
  title: "",
  value: null,
  unit: "count",
  previous: null,
  changeRatio: null,
  better: "neither",
  sampleCount: 0,
  sparkline: [],
  reason: null,
};
