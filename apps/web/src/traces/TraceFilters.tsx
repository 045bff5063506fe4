import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, MsFilter, TextFilter } from "../filters/FilterForm.tsx";
import { toTraces, type TraceFilter } from "../paths.ts";

export function TraceFilters({ filter }: { readonly filter: TraceFilter }) {
  const { search } = useApp().view.value;
  return (
    <FilterForm
      action="/traces"
      toPage={(asked) => toTraces(asked, search)}
      clearHref={Object.keys(filter).length > 0 ? toTraces({}, search) : null}
    >
      <TextFilter label="Service" name="service" value={filter.service} />
      <TextFilter label="Route" name="route" value={filter.route} />
      <TextFilter label="Span name" name="name" value={filter.name} />
      <TextFilter
        label="Attribute"
        name="attribute"
        value={filter.attribute}
        placeholder="key=value"
        pattern="[^=]+=.+"
        title="key=value, as http.request.method=GET"
      />
      <MsFilter label="From ms" name="minDurationMs" value={filter.minDurationMs} placeholder="0" />
      <MsFilter label="To ms" name="maxDurationMs" value={filter.maxDurationMs} placeholder="∞" />
      <ChoiceFilter label="Status" name="status" value={filter.status} options={["ok", "error"]} any="any" />
    </FilterForm>
  );
}
