/** One vital: its number and how sure it is, its budget, what is known about its course, and what to do next. */
import type { VitalReading } from "@throughline/contract";
import { useId } from "preact/hooks";
import { useApp, useMay } from "../data/appState.ts";
import { toTrace, toVisits } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { formatCount, formatDay } from "../ui/format.ts";
import { Sparkline } from "../ui/Sparkline.tsx";
import { useClock } from "../ui/Time.tsx";
import { Distribution } from "./Distribution.tsx";
import {
  budgetSentence,
  mixSentence,
  RATING_TEXT,
  RATING_TONE,
  releaseSentence,
  sinceSentence,
  trendText,
  VITAL_MEANING,
  VITAL_TITLES,
  vitalQuantity,
  vitalText,
  type Sentence,
} from "./vitalText.ts";
import { filterOf } from "./VitalsFilters.tsx";

export function VitalCard({
  vital,
  rangeText,
  onSetBudget,
}: {
  readonly vital: VitalReading;
  /** "24 h": what the trend compares with is the same length before. */
  readonly rangeText: string;
  readonly onSetBudget: () => void;
}) {
  const id = useId();
  const { zone } = useClock();
  const may = useMay();
  const { name, rating, budget, since } = vital;
  const mix = mixSentence(vital);
  const day = since === null ? "" : formatDay(since.atMs, zone.value === "local" ? "local" : "utc");
  return (
    <article class="vital" aria-labelledby={id}>
      <div class="vital-number">
        <h2 id={id}>
          {name} <span>{VITAL_TITLES[name]}</span>
        </h2>
        <Value vital={vital} />
        <p class="vital-badge">
          <Badge tone={RATING_TONE[rating]}>{RATING_TEXT[rating]}</Badge>
        </p>
        <p class="muted">{intervalText(vital)}</p>
        <p class="muted">
          n = {formatCount(vital.sampleCount)} page views. <Trend vital={vital} rangeText={rangeText} />
        </p>
      </div>
      <div class="vital-course">
        <Distribution of={vital.distribution} />
        <Sparkline values={vital.sparkline} />
        <Finding sentence={budgetSentence(name, budget)} />
        {may("budgets:write") ? (
          <p>
            <Button aria-label={`Set a budget for ${name}`} onClick={onSetBudget}>
              Set a budget
            </Button>
          </p>
        ) : null}
      </div>
      <div class="vital-findings">
        <Diagnosis vital={vital} />
        <Finding sentence={releaseSentence(vital)} />
        <Finding sentence={sinceSentence(vital, day)} />
        {mix === null ? null : <Finding sentence={mix} />}
        <SlowVisits vital={vital} />
      </div>
    </article>
  );
}

/** The very visits behind the number, the slowest first. */
function SlowVisits({ vital: { name, distribution } }: { readonly vital: VitalReading }) {
  const { search } = useApp().view.value;
  const { poor, needsImprovement } = distribution;
  const rating = poor > 0 ? "poor" : needsImprovement > 0 ? "needs-improvement" : undefined;
  const { page, ...filter } = filterOf(search);
  // Visits are filtered by one page, not by a pattern.
  const onPage = page === undefined || page.includes("*") ? {} : { page };
  const href = toVisits(
    { ...filter, ...onPage, metric: name, sort: "slowest", ...(rating === undefined ? {} : { rating }) },
    search,
  );
  const words = { poor: " with a poor value", "needs-improvement": " that need improvement" };
  return (
    <p>
      <a class="link" href={href}>{`Visits${rating === undefined ? "" : words[rating]}, slowest first`}</a>
    </p>
  );
}

function Value({ vital: { name, value } }: { readonly vital: VitalReading }) {
  const quantity = vitalQuantity(name, value);
  return (
    <p class="vital-value" title={`75th percentile: ${VITAL_MEANING[name]}`}>
      <b>{quantity.value}</b> <span>{quantity.unit}</span>
    </p>
  );
}

function intervalText({ name, interval }: VitalReading): string {
  if (interval === null) return "p75; too few page views for an interval";
  return `p75, 95 % sure: ${vitalText(name, interval.low)} to ${vitalText(name, interval.high)}`;
}

function Trend({ vital, rangeText }: { readonly vital: VitalReading; readonly rangeText: string }) {
  const text = trendText(vital);
  if (text === null) return <>Nothing to compare with before.</>;
  return (
    <>
      {text} vs previous {rangeText}
    </>
  );
}

function Finding({ sentence: { tone, word, text } }: { readonly sentence: Sentence }) {
  return (
    <p class="finding">
      <Badge tone={tone}>{word}</Badge> <span>{text}</span>
    </p>
  );
}

function Diagnosis({ vital }: { readonly vital: VitalReading }) {
  const { search } = useApp().view.value;
  const { diagnosis, suggestedFix, reason, traceIds, rating } = vital;
  if (diagnosis === null) return <p class="muted">{reason}</p>;
  return (
    <>
      <p>
        <b>{rating === "good" ? "Slowest quarter:" : "Why:"}</b> {diagnosis}
      </p>
      {suggestedFix === null ? null : (
        <p>
          <b>Next step:</b> {suggestedFix}
        </p>
      )}
      {traceIds.length === 0 ? null : (
        <p class="vital-traces">
          Backend traces of slow visits:{" "}
          {traceIds.map((traceId) => (
            <a key={traceId} class="link" href={toTrace(traceId, search)}>
              <code>{traceId.slice(0, 8)}</code>
            </a>
          ))}
        </p>
      )}
    </>
  );
}
