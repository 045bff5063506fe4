import type { ChangesPage } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm } from "../filters/FilterForm.tsx";
import { toChanges } from "../paths.ts";
import { isVital, METRICS } from "./metrics.ts";

const DEVICES = ["desktop", "mobile", "tablet"];

/** The moment belongs to the metric that it was found in, and goes with it. */
export function ChangesFilters({ data }: { readonly data: ChangesPage }) {
  const { search } = useApp().view.value;
  const metric = useSignal(data.metric);
  const { page, device, service } = data.filter;
  return (
    <FilterForm action="/changes" submit="Show" toPage={(asked) => toChanges(asked, search)}>
      <ChoiceFilter
        label="What"
        name="metric"
        value={data.metric}
        options={METRICS}
        class="changes-metric"
        onChoose={(value) => {
          const chosen = METRICS.find((each) => each.value === value);
          if (chosen !== undefined) metric.value = chosen.value;
        }}
      />
      {isVital(metric.value) ? (
        <>
          <ChoiceFilter
            label="Page"
            name="page"
            value={page}
            options={data.pages}
            any="all pages"
            class="changes-choice"
          />
          <ChoiceFilter
            label="Device"
            name="device"
            value={device}
            options={DEVICES}
            any="all devices"
            class="changes-choice"
          />
        </>
      ) : (
        <ChoiceFilter
          label="Service"
          name="service"
          value={service}
          options={data.services}
          any="all services"
          class="changes-choice"
        />
      )}
    </FilterForm>
  );
}
