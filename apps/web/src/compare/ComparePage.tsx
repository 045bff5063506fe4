/** Two traces side by side: which work came, went, or took longer. The address names both. */
import type { Trace } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import type { PageProps } from "../page.ts";
import { toCompare, toTrace } from "../paths.ts";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { formatCount, formatDuration, formatMs } from "../ui/format.ts";
import { compareTraces, type ComparedTraces, type Node } from "./match.ts";
import "../traces/traces.css";
import "./compare.css";

const TONES: Readonly<Record<Node["verdict"], Tone>> = {
  added: "warn",
  removed: "neutral",
  slower: "bad",
  faster: "good",
  same: "neutral",
};

const TRACE_ID = {
  required: true,
  pattern: String.raw`\s*[0-9a-fA-F]{32}\s*`,
  title: "32 hexadecimal digits",
  placeholder: "32 hexadecimal digits",
};

/** Nothing is asked for without an address, so there may be no data at all. */
export function ComparePage({ data, search }: PageProps<Partial<ComparedTraces> | null>) {
  const { a, b } = data.value ?? {};
  return (
    <div class="stack">
      <Chooser key={search.toString()} search={search} />
      {a === undefined || b === undefined ? (
        <p class="muted traces-said">
          Name two traces by their ids: 32 hexadecimal digits, as a trace’s page shows them. Its button
          “Compare” brings the first one here.
        </p>
      ) : (
        <Comparison a={a} b={b} />
      )}
    </div>
  );
}

function Chooser({ search }: { readonly search: URLSearchParams }) {
  const [a, b] = [search.get("a") ?? "", search.get("b") ?? ""];
  return (
    <FilterForm
      action="/traces/compare"
      name="compare-form"
      submit="Compare"
      toPage={(asked) => toCompare(asked["a"] ?? "", asked["b"] ?? "", search)}
      extra={a !== "" && b !== "" ? <ButtonLink href={toCompare(b, a, search)}>Swap</ButtonLink> : null}
    >
      <TextFilter label="Trace A, the one before" name="a" value={a} {...TRACE_ID} />
      <TextFilter label="Trace B, the one to explain" name="b" value={b} {...TRACE_ID} />
    </FilterForm>
  );
}

function Comparison({ a, b }: ComparedTraces) {
  const { search } = useApp().view.value;
  const isDifferencesOnly = useSignal(false);
  const nodes = useMemo(() => compareTraces(a.spans, b.spans), [a, b]);
  const count = (verdict: Node["verdict"]): number => nodes.filter((node) => node.verdict === verdict).length;
  const shown = isDifferencesOnly.value ? nodes.filter(({ verdict }) => verdict !== "same") : nodes;
  const hidden = a.hiddenSpans + b.hiddenSpans;
  const columns: Column<Node>[] = [
    {
      id: "name",
      head: "Work",
      isMain: true,
      cell: ({ name, service, depth, verdict, a: before, b: after }) => (
        <div class={`compare-name compare-depth-${Math.min(depth, 8)}`}>
          <span title={name}>{name}</span>
          <small class="muted">
            {service} {verdict === "same" ? null : <Badge tone={TONES[verdict]}>{verdict}</Badge>}
            {(before?.errors ?? 0) === (after?.errors ?? 0) ? null : (
              <Badge tone="bad">{`${formatCount(before?.errors ?? 0)} → ${formatCount(after?.errors ?? 0)} failed`}</Badge>
            )}
          </small>
        </div>
      ),
    },
    {
      id: "runs",
      head: "runs",
      align: "end",
      isSecondary: true,
      cell: ({ a: before, b: after }) =>
        `${formatCount(before?.count ?? 0)} → ${formatCount(after?.count ?? 0)}`,
    },
    {
      ...numberColumn<Node>("a", "A ms", (node) => node.a?.durationMs ?? null, formatMs),
      cell: ({ a: side }) => <SideLink trace={a} side={side} />,
    },
    {
      ...numberColumn<Node>("b", "B ms", (node) => node.b?.durationMs ?? null, formatMs),
      cell: ({ b: side }) => <SideLink trace={b} side={side} />,
    },
    numberColumn<Node>(
      "delta",
      "B − A",
      (node) => node.deltaMs,
      (ms) => (ms > 0 ? `+${formatMs(ms)}` : formatMs(ms)),
    ),
  ];
  return (
    <>
      <div class="two">
        {[
          { label: "A", trace: a },
          { label: "B", trace: b },
        ].map(({ label, trace }) => (
          <Card key={label} title={`${label}: ${trace.rootName}`} aside={formatDuration(trace.durationMs)}>
            <p class="traces-said">
              <a class="link underlined" href={toTrace(trace.traceId, search)}>
                {trace.traceId.slice(0, 12)}
              </a>{" "}
              <span class="muted">
                {trace.rootService}, <Time ms={trace.startMs} />, {formatCount(trace.spans.length)} spans
              </span>
            </p>
          </Card>
        ))}
      </div>
      <Card
        title="Differences"
        isFlush
        aside={
          <label class="compare-only">
            <input
              type="checkbox"
              checked={isDifferencesOnly.value}
              onChange={(event) => (isDifferencesOnly.value = event.currentTarget.checked)}
            />
            differences only
          </label>
        }
      >
        <p class="compare-said">
          {count("added")} added, {count("removed")} removed, {count("slower")} slower, {count("faster")}{" "}
          faster. Work is matched by the path of services and span names; from 1 ms and 10 % on it counts as
          slower or faster.
          {hidden === 0 ? "" : ` ${formatCount(hidden)} spans beyond the 5 000 of a trace are not compared.`}
        </p>
        {shown.length === 0 ? (
          <p class="card-empty">They did the same work in the same time.</p>
        ) : (
          <Table caption="Work of both traces" columns={columns} rows={shown} rowKey={({ key }) => key} />
        )}
      </Card>
    </>
  );
}

function SideLink({ trace, side }: { readonly trace: Trace; readonly side: Node["a"] }) {
  const { search } = useApp().view.value;
  if (side === null) return <span class="muted">–</span>;
  const path = toTrace(trace.traceId, search);
  return (
    <a class="link" href={`${path}${path.includes("?") ? "&" : "?"}span=${side.spanId}`}>
      {formatMs(side.durationMs)}
    </a>
  );
}
