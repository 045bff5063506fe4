import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, MsFilter, TextFilter } from "../filters/FilterForm.tsx";
import { toEndpoints, type EndpointFilter } from "../paths.ts";
import { SORTS } from "./endpointFilter.ts";

export function EndpointFilters({
  filter,
  apdexMs,
}: {
  readonly filter: EndpointFilter;
  readonly apdexMs: number;
}) {
  const { search } = useApp().view.value;
  return (
    <FilterForm
      action="/endpoints"
      toPage={(asked) => toEndpoints(asked, search)}
      clearHref={Object.keys(filter).length > 0 ? toEndpoints({}, search) : null}
    >
      <TextFilter label="Route contains" name="q" value={filter.q} placeholder="anything" />
      <TextFilter label="Service" name="service" value={filter.service} />
      <MsFilter
        label="Apdex T in ms"
        name="apdexMs"
        value={String(apdexMs)}
        min="1"
        max="600000"
        title="Up to it a caller is satisfied, up to four times it they tolerate"
      />
      <ChoiceFilter label="Order by" name="sort" value={filter.sort ?? "time"} options={SORTS} />
    </FilterForm>
  );
}
