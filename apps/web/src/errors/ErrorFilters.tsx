import type { ErrorList } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import { toErrors, type ErrorFilter } from "../paths.ts";
import { FILTER_STATES, SORTS } from "./errorWords.ts";

const SOURCES = [
  { value: "browser", label: "browsers" },
  { value: "server", label: "servers" },
];

export function ErrorFilters({
  filter,
  services,
  releases,
}: { readonly filter: ErrorFilter } & Pick<ErrorList, "services" | "releases">) {
  const { search } = useApp().view.value;
  return (
    <FilterForm
      action="/errors"
      toPage={(asked) => toErrors(asked, search)}
      clearHref={Object.keys(filter).length > 0 ? toErrors({}, search) : null}
    >
      <TextFilter label="Type or message contains" name="q" value={filter.q} placeholder="anything" />
      <ChoiceFilter label="State" name="state" value={filter.state ?? "unresolved"} options={FILTER_STATES} />
      <ChoiceFilter label="From" name="source" value={filter.source} options={SOURCES} any="anywhere" />
      <ChoiceFilter label="Service" name="service" value={filter.service} options={services} any="any" />
      <ChoiceFilter label="Release" name="release" value={filter.release} options={releases} any="any" />
      <ChoiceFilter label="Order by" name="sort" value={filter.sort ?? "last"} options={SORTS} />
    </FilterForm>
  );
}
