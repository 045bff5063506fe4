import { useApp } from "../data/appState.ts";
import { toTraces, type TraceFilter } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import { KEPT_PARAMS } from "../page.ts";

/** A plain form that makes the address; without scripts the browser does the same. */
export function TraceFilters({ filter }: { readonly filter: TraceFilter }) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const isFiltered = Object.keys(filter).length > 0;
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const status = text("status");
    void navigate(
      toTraces(
        {
          service: text("service"),
          route: text("route"),
          minDurationMs: text("minDurationMs"),
          maxDurationMs: text("maxDurationMs"),
          name: text("name"),
          attribute: text("attribute"),
          ...(status === "ok" || status === "error" ? { status } : {}),
        },
        search,
      ),
    );
  };
  return (
    <search>
      <form class="filters" action="/traces" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
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
        <label class="filters-wide">
          Route
          <input
            type="search"
            name="route"
            placeholder="any"
            defaultValue={filter.route}
            autocomplete="off"
          />
        </label>
        <label class="filters-wide">
          Span name
          <input type="search" name="name" placeholder="any" defaultValue={filter.name} autocomplete="off" />
        </label>
        <label class="filters-wide">
          Attribute
          <input
            type="search"
            name="attribute"
            placeholder="key=value"
            pattern="[^=]+=.+"
            title="key=value, as http.request.method=GET"
            defaultValue={filter.attribute}
            autocomplete="off"
          />
        </label>
        <label>
          From ms
          <input
            type="number"
            name="minDurationMs"
            min="0"
            step="any"
            placeholder="0"
            defaultValue={filter.minDurationMs}
          />
        </label>
        <label>
          To ms
          <input
            type="number"
            name="maxDurationMs"
            min="0"
            step="any"
            placeholder="∞"
            defaultValue={filter.maxDurationMs}
          />
        </label>
        <label>
          Status
          <select name="status">
            <option value="" selected={filter.status === undefined}>
              any
            </option>
            <option value="ok" selected={filter.status === "ok"}>
              ok
            </option>
            <option value="error" selected={filter.status === "error"}>
              error
            </option>
          </select>
        </label>
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Find
          </Button>
          {isFiltered ? <ButtonLink href={toTraces({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}
