import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { toAudit, type AuditFilter } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { readForm } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import "../traces/traces.css";

const RESULTS = ["done", "refused", "failed"] as const;

/** A plain form that makes the address; without scripts the browser does the same. */
export function AuditFilters({
  filter,
  actions,
}: {
  readonly filter: AuditFilter;
  readonly actions: readonly string[];
}) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const isFiltered = Object.keys(filter).length > 0;
  const apply = (event: SubmitEvent): void => {
    const { text } = readForm(event);
    const { actorId } = filter;
    const next = {
      q: text("q"),
      action: text("action"),
      result: text("result"),
      since: text("since"),
      until: text("until"),
      ...(actorId === undefined ? {} : { actorId }),
    };
    void navigate(toAudit(next, search));
  };
  return (
    <search>
      <form class="filters audit-filters" action="/settings/audit" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
        <label class="filters-wide">
          Who or what
          <input
            type="search"
            name="q"
            placeholder="name, e-mail, address, reason"
            defaultValue={filter.q}
            autocomplete="off"
          />
        </label>
        <label class="audit-action">
          Action
          <select name="action">
            <option value="" selected={filter.action === undefined}>
              any
            </option>
            {actions.map((action) => (
              <option key={action} value={action} selected={filter.action === action}>
                {action}
              </option>
            ))}
          </select>
        </label>
        <label>
          Result
          <select name="result">
            <option value="" selected={filter.result === undefined}>
              any
            </option>
            {RESULTS.map((result) => (
              <option key={result} value={result} selected={filter.result === result}>
                {result}
              </option>
            ))}
          </select>
        </label>
        <label class="audit-day">
          From (UTC)
          <input type="date" name="since" defaultValue={filter.since} />
        </label>
        <label class="audit-day">
          Until (UTC)
          <input type="date" name="until" defaultValue={filter.until} />
        </label>
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Find
          </Button>
          {isFiltered ? <ButtonLink href={toAudit({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}
