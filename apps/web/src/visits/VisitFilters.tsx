import type { VisitsFilter } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { toVisits } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import { DEVICES } from "./words.ts";

export type ShownFilter = Partial<Record<Exclude<keyof VisitsFilter, "limit">, string>>;

const NAMES = [
  "page",
  "device",
  "connection",
  "country",
  "release",
  "metric",
  "rating",
  "errors",
  "sort",
] as const;
const CONNECTIONS = ["4g", "3g", "2g", "slow-2g"].map((value) => [value, value] as const);
const VITALS = ["LCP", "INP", "CLS", "FCP", "TTFB"].map((name) => [name, name] as const);
const RATINGS = [
  ["poor", "poor"],
  ["needs-improvement", "needs improvement"],
  ["good", "good"],
] as const;

/** A plain form that makes the address; without scripts the browser does the same. */
export function VisitFilters({ filter }: { readonly filter: ShownFilter }) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const entries = NAMES.map((name) => [name, String(form.get(name) ?? "").trim()] as const);
    void navigate(toVisits(Object.fromEntries(entries), search));
  };
  return (
    <search>
      <form class="filters visit-filters" action="/visits" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
        <label class="filters-wide">
          Page
          <input
            type="search"
            name="page"
            placeholder="any, or /products/:id"
            defaultValue={filter.page}
            autocomplete="off"
          />
        </label>
        <Choice label="Device" name="device" value={filter.device} options={DEVICES} />
        <Choice label="Connection" name="connection" value={filter.connection} options={CONNECTIONS} />
        <label>
          Country
          <input
            name="country"
            placeholder="any, as DE"
            maxLength={2}
            pattern="[A-Z]{2}"
            title="Two capital letters, as DE"
            defaultValue={filter.country}
            autocomplete="off"
          />
        </label>
        <label>
          Release
          <input name="release" placeholder="any" defaultValue={filter.release} autocomplete="off" />
        </label>
        <Choice label="Vital" name="metric" value={filter.metric} options={VITALS} />
        <Choice label="Rated" name="rating" value={filter.rating} options={RATINGS} />
        <Choice label="Errors" name="errors" value={filter.errors} options={[["true", "with errors"]]} />
        <Choice
          label="Order"
          name="sort"
          value={filter.sort}
          options={[["slowest", "slowest first"]]}
          none="newest first"
        />
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Find
          </Button>
          {Object.keys(filter).length > 0 ? <ButtonLink href={toVisits({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}

function Choice({
  label,
  name,
  value,
  options,
  none = "any",
}: {
  readonly label: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly none?: string;
}) {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{none}</option>
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={value === option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What the address says, without what is empty. */
export function readFilter(search: URLSearchParams): ShownFilter {
  const given = NAMES.map((name) => [name, search.get(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== null && value !== ""));
}
