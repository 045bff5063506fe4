/** Who calls whom: drawn, and as the table that says the same in numbers. */
import type { ServiceCall, ServiceMap as ServiceMapData, TimeRange } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toService } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatMs, formatNumber, formatShare } from "../ui/format.ts";
import { BOX, layoutOf, type MapNode } from "./mapLayout.ts";
import "./map.css";

/** More boxes can't be read: the table has them all. */
const DRAWN_MAX = 30;
const NAME_MAX = 22;
/** Of calls: from here on an arrow says that they fail. */
const FAILING = 0.01;

export function ServiceMap({ map, range }: { readonly map: ServiceMapData; readonly range: TimeRange }) {
  const { search } = useApp().view.value;
  const { calls, fromMs } = map;
  const linkOf = (name: string, kind: ServiceCall["kind"]) =>
    kind === "service" ? <a href={toService(name, search)}>{name}</a> : name;
  const columns: Column<ServiceCall>[] = [
    {
      id: "call",
      head: "Call",
      isMain: true,
      cell: ({ caller, callee, kind }) => (
        <>
          {linkOf(caller, "service")} <span class="muted">→</span> {linkOf(callee, kind)}
          {kind === "service" ? null : <small>{kind}</small>}
        </>
      ),
    },
    numberColumn("rate", "calls/s", (row) => row.callsPerSecond, formatNumber),
    numberColumn("p95", "p95 ms", (row) => row.p95Ms, formatMs),
    numberColumn("errors", "errors %", (row) => row.errorRatio, formatShare),
  ];
  const layout = layoutOf(calls);
  return (
    <Card
      title="Service map"
      isFlush
      aside={
        fromMs > range.fromMs && calls.length > 0 ? (
          <>
            newest spans only, since <Age ms={fromMs} />
          </>
        ) : undefined
      }
    >
      {calls.length === 0 ? (
        <p class="card-empty">
          No call between two services, or to a database, was told in this range. Services appear here once
          they pass the trace on (<code>traceparent</code>).
        </p>
      ) : (
        <>
          {layout.nodes.length > DRAWN_MAX ? null : (
            <div class="map">
              <svg
                viewBox={`-4 -4 ${layout.width + 8} ${layout.height + 8}`}
                width={layout.width + 8}
                role="group"
                aria-label={`${layout.nodes.length} services and stores with ${calls.length} connections; the table below has the numbers`}
              >
                {calls.map((call) => (
                  <Arrow key={`${call.caller}\n${call.callee}`} call={call} nodes={layout.nodes} />
                ))}
                {layout.nodes.map((node) => (
                  <Box key={node.name} node={node} />
                ))}
              </svg>
            </div>
          )}
          <Table
            caption="Calls between services"
            columns={columns}
            rows={calls}
            rowKey={({ caller, callee }) => `${caller}\n${callee}`}
          />
        </>
      )}
    </Card>
  );
}

function Box({ node: { name, kind, x, y } }: { readonly node: MapNode }) {
  const { search } = useApp().view.value;
  const box = (
    <g class={`map-box map-${kind}`} transform={`translate(${x} ${y})`}>
      <title>{name}</title>
      <rect width={BOX.width} height={BOX.height} rx={kind === "service" ? 6 : 17} />
      <text x={BOX.width / 2} y={BOX.height / 2}>
        {name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name}
      </text>
    </g>
  );
  return kind === "service" ? <a href={toService(name, search)}>{box}</a> : box;
}

function Arrow({ call, nodes }: { readonly call: ServiceCall; readonly nodes: readonly MapNode[] }) {
  const from = nodes.find(({ name }) => name === call.caller);
  const to = nodes.find(({ name }) => name === call.callee);
  if (from === undefined || to === undefined) return null;
  const isFailing = call.errorRatio >= FAILING;
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = Math.max(40, Math.abs(x2 - x1) / 2);
  const text = `${formatNumber(call.callsPerSecond)}/s${call.p95Ms === null ? "" : ` · ${formatMs(call.p95Ms)} ms`}`;
  return (
    <g class={isFailing ? "map-arrow is-failing" : "map-arrow"}>
      <title>{`${call.caller} → ${call.callee}: ${text}, ${formatShare(call.errorRatio)} % failed`}</title>
      <path
        d={`M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
        stroke-width={Math.min(5, 1 + Math.log10(1 + call.callsPerSecond * 10))}
      />
      {isFailing ? <text x={x2 - 6} y={y2 - 7}>{`${formatShare(call.errorRatio)} % fail`}</text> : null}
    </g>
  );
}
