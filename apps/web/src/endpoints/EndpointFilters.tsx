import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { toEndpoints, type EndpointFilter } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import { SORTS } from "./endpointFilter.ts";
import "../traces/traces.css";

/** A plain form that makes the address; without scripts the browser does the same. */
export function EndpointFilters({
  filter,
  apdexMs,
}: {
  readonly filter: EndpointFilter;
  readonly apdexMs: number;
}) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const names = ["q", "service", "sort", "apdexMs"] as const;
    void navigate(toEndpoints(Object.fromEntries(names.map((name) => [name, text(name)])), search));
  };
  return (
    <search>
      <form class="filters" action="/endpoints" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
        <label class="filters-wide">
          Route contains
          <input type="search" name="q" placeholder="anything" defaultValue={filter.q} autocomplete="off" />
        </label>
        <label class="filters-wide">
          Service
          <input
            type="search"
            name="service"
            placeholder="any"
            defaultValue={filter.service}
            autocomplete="off"
          />
        </label>
        <label title="Up to it a caller is satisfied, up to four times it they tolerate">
          Apdex T in ms
          <input
            type="number"
            name="apdexMs"
            min="1"
            max="600000"
            step="any"
            defaultValue={String(apdexMs)}
          />
        </label>
        <label>
          Order by
          <select name="sort">
            {SORTS.map(({ value, label }) => (
              <option key={value} value={value} selected={(filter.sort ?? "time") === value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Find
          </Button>
          {Object.keys(filter).length > 0 ? (
            <ButtonLink href={toEndpoints({}, search)}>Clear</ButtonLink>
          ) : null}
        </div>
      </form>
    </search>
  );
}
