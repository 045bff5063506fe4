import type { ErrorList } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { toErrors, type ErrorFilter } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import { FILTER_STATES, SORTS } from "./errorWords.ts";
import "../traces/traces.css";

/** A plain form that makes the address; without scripts the browser does the same. */
export function ErrorFilters({
  filter,
  services,
  releases,
}: { readonly filter: ErrorFilter } & Pick<ErrorList, "services" | "releases">) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const names = ["q", "service", "release", "source", "state", "sort"] as const;
    const chosen = Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? "").trim()]));
    void navigate(toErrors(chosen, search));
  };
  return (
    <search>
      <form class="filters" action="/errors" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
        <label class="filters-wide">
          Type or message contains
          <input type="search" name="q" placeholder="anything" defaultValue={filter.q} autocomplete="off" />
        </label>
        <Select name="state" label="State" options={FILTER_STATES} value={filter.state ?? "unresolved"} />
        <Select
          name="source"
          label="From"
          options={[
            { value: "", label: "anywhere" },
            { value: "browser", label: "browsers" },
            { value: "server", label: "servers" },
          ]}
          value={filter.source ?? ""}
        />
        <Select
          name="service"
          label="Service"
          options={choices(services, filter.service)}
          value={filter.service ?? ""}
        />
        <Select
          name="release"
          label="Release"
          options={choices(releases, filter.release)}
          value={filter.release ?? ""}
        />
        <Select name="sort" label="Order by" options={SORTS} value={filter.sort ?? "last"} />
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Find
          </Button>
          {Object.keys(filter).length > 0 ? <ButtonLink href={toErrors({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}

/** One that a link names stays chosen, also where the range has none of it. */
function choices(known: readonly string[], chosen: string | undefined) {
  const all = chosen === undefined || known.includes(chosen) ? known : [chosen, ...known];
  return [{ value: "", label: "any" }, ...all.map((value) => ({ value, label: value }))];
}

function Select({
  name,
  label,
  options,
  value,
}: {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value: string;
}) {
  return (
    <label>
      {label}
      <select name={name}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
