/** One trace: where its time went, span by span, and what was logged on the way. */
import type { Trace } from "@throughline/contract";
import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { formatCount } from "../ui/format.ts";
import { FlameView } from "./FlameView.tsx";
import { Minimap } from "./Minimap.tsx";
import { serviceTones } from "./serviceTone.ts";
import { SpanDetails } from "./SpanDetails.tsx";
import { TraceFilter } from "./TraceFilter.tsx";
import { TraceLogs } from "./TraceLogs.tsx";
import { TraceSummary } from "./TraceSummary.tsx";
import type { TimeWindow } from "./tree.ts";
import { spanMatcher } from "./tree.ts";
import { ViewLinks } from "./ViewLinks.tsx";
import { Waterfall } from "./Waterfall.tsx";
import "./trace.css";

export function TracePage({ data, search }: PageProps<Trace>) {
  const { refetch, replaceSearch } = useApp();
  const trace = data.value;
  const { spans, durationMs } = trace;
  const chosenId = search.get("span");
  const isFlame = search.get("view") === "flame";
  const chosen = spans.find(({ spanId }) => spanId === chosenId) ?? null;
  const zoom = useSignal<TimeWindow | null>(null);
  const filter = useSignal({ text: "", isErrorsOnly: false });
  const window = useComputed<TimeWindow>(() => zoom.value ?? { fromMs: 0, toMs: data.value.durationMs });
  const toneOf = useMemo(() => serviceTones(trace.services), [trace.services]);
  const isMatch = useMemo(
    () => spanMatcher(filter.value.text, filter.value.isErrorsOnly),
    [filter.value.text, filter.value.isErrorsOnly],
  );
  const choose = (spanId: string | null): void => {
    const next = new URLSearchParams(search);
    if (spanId === null) next.delete("span");
    else next.set("span", spanId);
    replaceSearch(next);
  };
  return (
    <div class="stack">
      <TraceSummary trace={trace} toneOf={toneOf} />
      {trace.isRootMissing ? (
        <aside class="banner">
          <p>
            <b>The root span is not here.</b> It may still be under way, may have been sampled out, or its
            service does not send.
          </p>
          <Button onClick={() => void refetch()}>Look again</Button>
        </aside>
      ) : null}
      {trace.hiddenSpans > 0 ? (
        <p class="muted">
          {formatCount(spans.length)} of {formatCount(spans.length + trace.hiddenSpans)} spans are shown:
          failed ones and the critical path first.
        </p>
      ) : null}
      <div class={chosen === null ? "trace" : "trace trace-open"}>
        <Card
          title={<ViewLinks isFlame={isFlame} search={search} />}
          isFlush
          aside={isFlame ? undefined : <TraceFilter filter={filter} />}
          class="trace-card"
        >
          {isFlame ? (
            <FlameView spans={spans} chosenId={chosen?.spanId ?? null} onChoose={choose} toneOf={toneOf} />
          ) : (
            <>
              <Minimap spans={spans} durationMs={durationMs} zoom={zoom} toneOf={toneOf} />
              <Waterfall
                spans={spans}
                startMs={trace.startMs}
                window={window.value}
                isMatch={isMatch}
                chosenId={chosen?.spanId ?? null}
                onChoose={choose}
                toneOf={toneOf}
              />
            </>
          )}
        </Card>
        {chosen === null ? null : (
          <SpanDetails
            key={chosen.spanId}
            span={chosen}
            trace={trace}
            toneOf={toneOf}
            onClose={() => choose(null)}
          />
        )}
      </div>
      <Card title="Logs of this trace" isFlush aside={`${formatCount(trace.logs.length)} lines`}>
        <TraceLogs
          logs={trace.logs}
          startMs={trace.startMs}
          onChoose={choose}
          chosenId={chosen?.spanId ?? null}
        />
      </Card>
    </div>
  );
}
