/** Since when is it slower, and what changed around then? The address is the whole state: it can be sent to somebody. */
import type { ChangesPage as ChangesData } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { chartMarkers } from "../deployments/chartMarkers.ts";
import { useApp } from "../data/appState.ts";
import { Onboarding } from "../overview/Onboarding.tsx";
import { useNews } from "../data/useNews.ts";
import type { PageProps } from "../page.ts";
import { toChanges, toCustomRange } from "../paths.ts";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { ChartCard } from "../ui/chart/ChartCard.tsx";
import type { ChartMarker } from "../ui/chart/TimeChart.tsx";
import { formatNumber, formatShortCount } from "../ui/format.ts";
import { Time } from "../ui/Time.tsx";
import { Candidates } from "./Candidates.tsx";
import { ChangesFilters } from "./ChangesFilters.tsx";
import { formatIn, METRICS } from "./metrics.ts";
import "./changes.css";

/** Change points and both sides of a moment are more work than what other pages ask for. */
const EVERY_MS = 5000;

export function ChangesPage({ data, search }: PageProps<ChangesData>) {
  const { view, navigate } = useApp();
  const cursorMs = useSignal<number | null>(null);
  const shown = data.value;
  const { project, range, metric, unit, series, moment, markers } = shown;
  useNews("changes", project.id, range.key, EVERY_MS);
  if (!project.hasData) return <Onboarding project={project} />;
  const text = METRICS.find(({ value }) => value === metric)?.text ?? metric;
  const filter = filterOf(shown);
  const marks: ChartMarker[] = [
    ...chartMarkers(markers, search),
    ...(moment === null
      ? []
      : [
          {
            id: "moment",
            timeMs: moment.atMs,
            label: moment.isAsked ? "the moment asked about" : "change point",
            href: toChanges({ ...filter, at: String(moment.atMs) }, search),
            tone: "bad" as const,
          },
        ]),
  ];
  return (
    <div class="stack">
      <ChangesFilters key={search.toString()} data={shown} />
      <div class="changes-top">
        <ChartCard
          title={text}
          unit={unit}
          label={text}
          timesMs={series.timesMs}
          fromMs={range.fromMs}
          toMs={range.toMs}
          series={[{ label: metric, values: series.values, tone: "mid" }]}
          format={(value) => formatIn(unit, value)}
          formatTick={formatNumber}
          cursorMs={cursorMs}
          markers={marks}
          onZoom={(fromMs, toMs) => void navigate(toCustomRange(view.value.path, search, fromMs, toMs))}
          emptyText="Nothing was measured in this range: choose a longer one, or another metric."
        />
        <Moment data={shown} keep={search} />
      </div>
      <Candidates data={shown} />
    </div>
  );
}

function filterOf({ metric, filter }: ChangesData) {
  const given = Object.entries(filter).filter(([, value]) => value !== null);
  return { metric, ...(Object.fromEntries(given) as Record<string, string>) };
}

const VERDICTS: Readonly<
  Record<NonNullable<ChangesData["moment"]>["verdict"], { text: string; tone: Tone }>
> = {
  worse: { text: "got worse", tone: "bad" },
  better: { text: "got better", tone: "good" },
  "no-change": { text: "no change proved", tone: "neutral" },
  "not-enough-data": { text: "not enough data", tone: "neutral" },
};

function Moment({ data, keep }: { readonly data: ChangesData; readonly keep: URLSearchParams }) {
  const { moment, reason, unit, otherMomentsMs } = data;
  const others = otherMomentsMs.filter((ms) => ms !== moment?.atMs);
  return (
    <Card
      title={moment === null ? "No change point" : moment.isAsked ? "The moment asked about" : "Change point"}
    >
      {moment === null ? (
        <p class="moment-reason">{reason}</p>
      ) : (
        <>
          <p class="moment-when">
            <Time ms={moment.atMs} precision="minute" />{" "}
            <Badge tone={VERDICTS[moment.verdict].tone}>{VERDICTS[moment.verdict].text}</Badge>
          </p>
          <table class="table moment-table">
            <thead>
              <tr>
                <th scope="col">Side</th>
                <th scope="col" class="end">
                  Value
                </th>
                <th scope="col" class="end">
                  95 % interval
                </th>
                <th scope="col" class="end">
                  n
                </th>
              </tr>
            </thead>
            <tbody>
              <Side
                name="before"
                value={moment.before}
                interval={moment.beforeInterval}
                n={moment.nBefore}
                unit={unit}
              />
              <Side
                name="after"
                value={moment.after}
                interval={moment.afterInterval}
                n={moment.nAfter}
                unit={unit}
              />
            </tbody>
          </table>
          {moment.afterAtSameMix === null ? null : (
            <p class="moment-reason">
              With the visitors of before it would be <b>{formatIn(unit, moment.afterAtSameMix)}</b> after.
            </p>
          )}
          <p class="moment-reason">{moment.reason}</p>
        </>
      )}
      {data.isByDays ? (
        <p class="moment-reason muted">
          Judged by whole days (UTC), with the same mix of devices and kinds of navigation on each.
        </p>
      ) : null}
      {others.length === 0 ? null : (
        <p class="moment-others">
          Other change points:{" "}
          {others.map((ms) => (
            <a key={ms} href={toChanges({ ...filterOf(data), at: String(ms) }, keep)}>
              <Time ms={ms} precision="minute" />
            </a>
          ))}
        </p>
      )}
    </Card>
  );
}

function Side({
  name,
  value,
  interval,
  n,
  unit,
}: {
  readonly name: string;
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly n: number;
  readonly unit: ChangesData["unit"];
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="end">{formatIn(unit, value)}</td>
      <td class="end">
        {interval === null ? "too few" : `${formatIn(unit, interval.low)} – ${formatIn(unit, interval.high)}`}
      </td>
      <td class="end">{formatShortCount(n)}</td>
    </tr>
  );
}
