import type { ChangesPage } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { toChanges } from "../paths.ts";
import { Button } from "../ui/Button.tsx";
import { isVital, METRICS } from "./metrics.ts";

/** A plain form that makes the address; without scripts the browser does the same. */
export function ChangesFilters({ data }: { readonly data: ChangesPage }) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const metric = useSignal(data.metric);
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    // The moment belongs to the metric that it was found in.
    void navigate(
      toChanges(
        { metric: text("metric"), page: text("page"), device: text("device"), service: text("service") },
        search,
      ),
    );
  };
  return (
    <search>
      <form class="filters" action="/changes" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
        <label class="changes-metric">
          What
          <select
            name="metric"
            onChange={(event) => {
              const chosen = METRICS.find(({ value }) => value === event.currentTarget.value);
              if (chosen !== undefined) metric.value = chosen.value;
            }}
          >
            {METRICS.map(({ value, label }) => (
              <option key={value} value={value} selected={value === data.metric}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {isVital(metric.value) ? (
          <>
            <Choice name="page" label="Page" all="all pages" values={data.pages} chosen={data.filter.page} />
            <Choice
              name="device"
              label="Device"
              all="all devices"
              values={["desktop", "mobile", "tablet"]}
              chosen={data.filter.device}
            />
          </>
        ) : (
          <Choice
            name="service"
            label="Service"
            all="all services"
            values={data.services}
            chosen={data.filter.service}
          />
        )}
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            Show
          </Button>
        </div>
      </form>
    </search>
  );
}

function Choice({
  name,
  label,
  all,
  values,
  chosen,
}: {
  readonly name: string;
  readonly label: string;
  readonly all: string;
  readonly values: readonly string[];
  readonly chosen: string | null;
}) {
  const offered = chosen === null || values.includes(chosen) ? values : [chosen, ...values];
  return (
    <label class="changes-choice">
      {label}
      <select name={name}>
        <option value="" selected={chosen === null}>
          {all}
        </option>
        {offered.map((value) => (
          <option key={value} value={value} selected={value === chosen}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}
