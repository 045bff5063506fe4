import type { TailQuery } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import { pickParams } from "../page.ts";
import { toTail } from "../paths.ts";

const KINDS = [
  { value: "all", label: "spans and logs" },
  { value: "span", label: "spans" },
  { value: "log", label: "logs" },
];
const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"];
/** What comes now has no range. */
const KEPT = ["project"];

export function TailFilters({
  query,
  services,
}: {
  readonly query: TailQuery;
  readonly services: readonly string[];
}) {
  const { search } = useApp().view.value;
  const isFiltered = pickParams(search, ["kind", "service", "severity", "q"]) !== "";
  return (
    <FilterForm
      action="/tail"
      kept={KEPT}
      submit="Show"
      toPage={({ kind = "", ...asked }) => toTail({ kind: kind === "all" ? "" : kind, ...asked }, search)}
      clearHref={isFiltered ? toTail({}, search) : null}
    >
      <ChoiceFilter label="Show" name="kind" value={query.kind} options={KINDS} />
      <ChoiceFilter label="Service" name="service" value={query.service} options={services} any="any" />
      <ChoiceFilter
        label="At least"
        name="severity"
        value={query.severity}
        options={SEVERITIES}
        any="any severity"
      />
      <TextFilter label="Contains" name="q" value={query.q} placeholder="any text" maxLength={200} />
    </FilterForm>
  );
}
