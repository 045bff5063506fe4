import type { VisitsFilter } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import { toVisits } from "../paths.ts";
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
const CONNECTIONS = ["4g", "3g", "2g", "slow-2g"];
const VITALS = ["LCP", "INP", "CLS", "FCP", "TTFB"];
const RATINGS = ["poor", { value: "needs-improvement", label: "needs improvement" }, "good"];
const WITH_ERRORS = [{ value: "true", label: "with errors" }];
const ORDERS = [{ value: "slowest", label: "slowest first" }];

export function VisitFilters({ filter }: { readonly filter: ShownFilter }) {
  const { search } = useApp().view.value;
  return (
    <FilterForm
      action="/visits"
      name="visit-filters"
      toPage={(asked) => toVisits(asked, search)}
      clearHref={Object.keys(filter).length > 0 ? toVisits({}, search) : null}
    >
      <TextFilter label="Page" name="page" value={filter.page} placeholder="any, or /products/:id" />
      <ChoiceFilter label="Device" name="device" value={filter.device} options={DEVICES} any="any" />
      <ChoiceFilter
        label="Connection"
        name="connection"
        value={filter.connection}
        options={CONNECTIONS}
        any="any"
      />
      <TextFilter
        label="Country"
        name="country"
        value={filter.country}
        isShort
        placeholder="any"
        maxLength={2}
        pattern="[A-Z]{2}"
        title="Two capital letters, as DE"
      />
      <TextFilter label="Release" name="release" value={filter.release} isShort />
      <ChoiceFilter label="Vital" name="metric" value={filter.metric} options={VITALS} any="any" />
      <ChoiceFilter label="Rated" name="rating" value={filter.rating} options={RATINGS} any="any" />
      <ChoiceFilter label="Errors" name="errors" value={filter.errors} options={WITH_ERRORS} any="any" />
      <ChoiceFilter label="Order" name="sort" value={filter.sort} options={ORDERS} any="newest first" />
    </FilterForm>
  );
}

/** What the address says, without what is empty. */
export function readFilter(search: URLSearchParams): ShownFilter {
  const given = NAMES.map((name) => [name, search.get(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== null && value !== ""));
}
