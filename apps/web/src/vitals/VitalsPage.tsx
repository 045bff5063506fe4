/** The Budget Monitor: how fast pages are for their visitors, what is over its budget, why, and since when. */
import type { LiveVitals } from "@throughline/contract";
import { VITAL_NAMES } from "@throughline/contract/vitalConstants";
import { useSignal } from "@preact/signals";
import { useLive } from "../data/live.ts";
import { useApp } from "../data/appState.ts";
import { rangeText } from "../overview/rangeText.ts";
import type { PageProps } from "../page.ts";
import { toVisits, toVitals } from "../paths.ts";
import { BudgetEventsCard } from "./BudgetEventsCard.tsx";
import { BudgetsCard, type BudgetDialogState } from "./BudgetsCard.tsx";
import { Critical } from "./Critical.tsx";
import { NoVitals } from "./NoVitals.tsx";
import { Score } from "./Score.tsx";
import { Breakdown, WorstPages } from "./tables.tsx";
import { VitalCard } from "./VitalCard.tsx";
import { VitalHistory } from "./VitalHistory.tsx";
import { filterOf, VitalsFilters } from "./VitalsFilters.tsx";
import type { VitalsData } from "./vitalsData.ts";
import "./vitals.css";

export function VitalsPage({ data, update, search }: PageProps<VitalsData>) {
  const dialog = useSignal<BudgetDialogState>({ kind: "closed" });
  const { vitals, pages, breakdown, budgets, events } = data.value;
  const { project, range } = vitals;
  const filter = filterOf(search);
  const { page } = filter;
  useLive(
    range.key === "custom" ? null : { topics: ["vitals"], project: project.id, range: range.key, ...filter },
    { vitals: (event) => update((shown) => applyLive(shown, event)) },
  );
  const isEmpty = vitals.vitals.length === 0;
  return (
    <div class="stack">
      {page === undefined ? null : <PageHead page={page} />}
      <VitalsFilters />
      {isEmpty ? (
        <NoVitals />
      ) : (
        <>
          <Critical vitals={vitals} />
          <div class="vitals-top">
            <Score vitals={vitals} />
            <BudgetEventsCard events={events.events} />
          </div>
          <section class="stack" aria-label="Vitals">
            {vitals.vitals.map((vital) => (
              <VitalCard
                key={vital.name}
                vital={vital}
                rangeText={rangeText(range)}
                onSetBudget={() => {
                  dialog.value = {
                    kind: "new",
                    page: page ?? "*",
                    metric: vital.name,
                    device: filter.device ?? "",
                  };
                }}
              />
            ))}
            <Missing names={vitals.vitals.map(({ name }) => name)} />
          </section>
          <VitalHistory vitals={vitals.vitals} />
          {pages === undefined ? null : <WorstPages pages={pages.pages} />}
          <Breakdown dimensions={breakdown.dimensions} />
        </>
      )}
      <BudgetsCard list={budgets} dialog={dialog} newPage={page ?? "*"} />
    </div>
  );
}

function PageHead({ page }: { readonly page: string }) {
  const { search } = useApp().view.value;
  return (
    <p class="vitals-page">
      <a class="link" href={toVitals({ ...filterOf(search), page: "" }, search)}>
        All pages
      </a>
      <b>{page}</b>
      {page.includes("*") ? null : (
        <a class="link" href={toVisits({ page }, search)}>
          Visits of this page
        </a>
      )}
    </p>
  );
}

/** Missing is not zero. */
function Missing({ names }: { readonly names: readonly string[] }) {
  const missing = VITAL_NAMES.filter((name) => !names.includes(name));
  if (missing.length === 0) return null;
  return (
    <p class="muted vitals-missing">
      No page view reported {missing.join(", ")} in this range. INP takes a click, tap or key; CLS is measured
      by Chromium browsers only; pages that load in a hidden tab report neither LCP, FCP nor CLS.
    </p>
  );
}

/** The page with what a live event brought. */
export function applyLive(shown: VitalsData, event: LiveVitals): VitalsData {
  const { events, oldestReceivedAtMs: _oldest, atMs: _at, ...answer } = event;
  return {
    ...shown,
    vitals: { ...shown.vitals, ...answer },
    events: { ...shown.events, events },
  };
}
