import { CONNECTION_TYPES, DEVICE_TYPES } from "@throughline/contract/vitalConstants";
import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import { toVitals, type VitalsFilterParams } from "../paths.ts";

const NAMES = ["page", "device", "country", "connection", "release"] as const;

export function filterOf(search: URLSearchParams): VitalsFilterParams {
  const given = NAMES.map((name) => [name, search.get(name) ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

export function VitalsFilters() {
  const { search } = useApp().view.value;
  const filter = filterOf(search);
  return (
    <FilterForm
      action="/vitals"
      submit="Show"
      toPage={(asked) => toVitals({ ...asked, country: asked["country"]?.toUpperCase() ?? "" }, search)}
      clearHref={Object.keys(filter).length > 0 ? toVitals({}, search) : null}
    >
      <TextFilter label="Page" name="page" value={filter.page} placeholder="all, /checkout or /products/*" />
      <ChoiceFilter label="Device" name="device" value={filter.device} options={DEVICE_TYPES} any="any" />
      <ChoiceFilter
        label="Connection"
        name="connection"
        value={filter.connection}
        options={CONNECTION_TYPES}
        any="any"
      />
      <TextFilter
        label="Country"
        name="country"
        value={filter.country}
        isShort
        maxLength={2}
        pattern="[A-Za-z]{2}"
        title="Two letters, as DE"
      />
      <TextFilter label="Release" name="release" value={filter.release} isShort />
    </FilterForm>
  );
}
