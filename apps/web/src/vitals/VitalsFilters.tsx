import { CONNECTION_TYPES, DEVICE_TYPES } from "@throughline/contract/vitalConstants";
import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { toVitals, type VitalsFilterParams } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import "../traces/traces.css";

const NAMES = ["page", "device", "country", "connection", "release"] as const;

export function filterOf(search: URLSearchParams): VitalsFilterParams {
  const given = NAMES.map((name) => [name, search.get(name) ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** A plain form that makes the address; without scripts the browser does the same. */
export function VitalsFilters() {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const filter = filterOf(search);
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const asked = Object.fromEntries(NAMES.map((name) => [name, String(form.get(name) ?? "").trim()]));
    const country = (asked["country"] ?? "").toUpperCase();
    void navigate(toVitals({ ...asked, country }, search));
  };
  return (
    <search>
      <form class="filters" action="/vitals" onSubmit={apply}>
        {KEPT_PARAMS.map((name) => {
          const value = search.get(name);
          return value === null ? null : <input key={name} type="hidden" name={name} value={value} />;
        })}
        <label class="filters-wide">
          Page
          <input
            type="search"
            name="page"
            placeholder="all, /checkout or /products/*"
            defaultValue={filter.page}
            autocomplete="off"
          />
        </label>
        <Select label="Device" name="device" options={DEVICE_TYPES} value={filter.device} />
        <Select label="Connection" name="connection" options={CONNECTION_TYPES} value={filter.connection} />
        <label>
          Country
          <input
            type="text"
            name="country"
            placeholder="any"
            maxLength={2}
            pattern="[A-Za-z]{2}"
            title="Two letters, as DE"
            defaultValue={filter.country}
            autocomplete="off"
          />
        </label>
        <label>
          Release
          <input
            type="search"
            name="release"
            placeholder="any"
            defaultValue={filter.release}
            autocomplete="off"
          />
        </label>
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Show
          </Button>
          {Object.keys(filter).length > 0 ? <ButtonLink href={toVitals({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}

function Select({
  label,
  name,
  options,
  value = "",
}: {
  readonly label: string;
  readonly name: string;
  readonly options: readonly string[];
  readonly value: string | undefined;
}) {
  return (
    <label>
      {label}
      <select name={name}>
        {["", ...options].map((option) => (
          <option key={option} value={option} selected={option === value}>
            {option === "" ? "any" : option}
          </option>
        ))}
      </select>
    </label>
  );
}
