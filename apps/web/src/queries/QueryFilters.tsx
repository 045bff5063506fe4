import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, MsFilter, TextFilter } from "../filters/FilterForm.tsx";
import { toQueries, type QueryFilter } from "../paths.ts";
import { SORTS } from "./queryFilter.ts";

export function QueryFilters({ filter, slowMs }: { readonly filter: QueryFilter; readonly slowMs: number }) {
  const { search } = useApp().view.value;
  return (
    <FilterForm
      action="/queries"
      toPage={(asked) => toQueries(asked, search)}
      clearHref={Object.keys(filter).length > 0 ? toQueries({}, search) : null}
    >
      <TextFilter label="Statement contains" name="q" value={filter.q} placeholder="anything" />
      <TextFilter label="Service" name="service" value={filter.service} />
      <TextFilter label="Route" name="route" value={filter.route} />
      <MsFilter label="Slow from ms" name="slowMs" value={String(slowMs)} min="1" max="600000" />
      <ChoiceFilter label="Order by" name="sort" value={filter.sort ?? "total"} options={SORTS} />
    </FilterForm>
  );
}
