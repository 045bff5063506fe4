import { useApp } from "../data/appState.ts";
import { ChoiceFilter, DayFilter, FilterForm, TextFilter } from "../filters/FilterForm.tsx";
import { toAudit, type AuditFilter } from "../paths.ts";

const RESULTS = ["done", "refused", "failed"];

export function AuditFilters({
  filter,
  actions,
}: {
  readonly filter: AuditFilter;
  readonly actions: readonly string[];
}) {
  const { search } = useApp().view.value;
  const { actorId } = filter;
  return (
    <FilterForm
      action="/settings/audit"
      name="audit-filters"
      toPage={(asked) => toAudit({ ...asked, ...(actorId === undefined ? {} : { actorId }) }, search)}
      clearHref={Object.keys(filter).length > 0 ? toAudit({}, search) : null}
    >
      <TextFilter label="Who or what" name="q" value={filter.q} placeholder="name, e-mail, address, reason" />
      <ChoiceFilter
        label="Action"
        name="action"
        value={filter.action}
        options={actions}
        any="any"
        class="audit-action"
      />
      <ChoiceFilter label="Result" name="result" value={filter.result} options={RESULTS} any="any" />
      <DayFilter label="From (UTC)" name="since" value={filter.since} class="audit-day" />
      <DayFilter label="Until (UTC)" name="until" value={filter.until} class="audit-day" />
    </FilterForm>
  );
}
