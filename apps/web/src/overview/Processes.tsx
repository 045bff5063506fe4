/** Processor, memory and event-loop delay beside each other; what nobody sends takes one line. */
import type { Overview } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { chartMarkers } from "../deployments/chartMarkers.ts";
import { toResources } from "../paths.ts";
import { UseChart } from "../resources/UseChart.tsx";
import { Card } from "../ui/Card.tsx";

export function Processes({ resources, range, markers }: Pick<Overview, "resources" | "range" | "markers">) {
  const cursorMs = useSignal<number | null>(null);
  const { search } = useApp().view.value;
  const { charts, timesMs } = resources;
  const sent = charts.filter(({ missing }) => missing === null);
  const marks = chartMarkers(markers, search);
  const missing = charts.filter((chart) => chart.missing !== null);
  const all = (
    <a class="link" href={toResources({}, search)}>
      All resources
    </a>
  );
  return (
    <>
      {sent.length === 0 ? null : (
        <div class="process-charts">
          {sent.map((chart) => (
            <UseChart
              key={chart.id}
              chart={chart}
              data={{ timesMs, range }}
              cursorMs={cursorMs}
              markers={marks}
            />
          ))}
        </div>
      )}
      {missing.length === 0 ? null : (
        <Card title="Processes" aside={all}>
          <p class="card-empty">
            {missing.map(({ title }) => title).join(", ")}: not sent in this range. Import{" "}
            <code>@throughline/node</code>, or switch on your SDK's runtime and process metrics.
          </p>
        </Card>
      )}
    </>
  );
}
