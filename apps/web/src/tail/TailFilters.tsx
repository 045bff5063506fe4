import type { TailQuery } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { pickParams } from "../page.ts";
import { toTail } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";

const KINDS = [
  ["all", "spans and logs"],
  ["span", "spans"],
  ["log", "logs"],
] as const;
const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** A plain form that makes the address; without scripts the browser does the same. */
export function TailFilters({
  query,
  services,
}: {
  readonly query: TailQuery;
  readonly services: readonly string[];
}) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const isFiltered = pickParams(search, ["kind", "service", "severity", "q"]) !== "";
  const apply = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget) : null;
    if (form === null) return;
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    const kind = text("kind");
    void navigate(
      toTail(
        {
          kind: kind === "all" ? "" : kind,
          service: text("service"),
          severity: text("severity"),
          q: text("q"),
        },
        search,
      ),
    );
  };
  const project = search.get("project");
  return (
    <search>
      <form class="filters" action="/tail" onSubmit={apply}>
        {project === null ? null : <input type="hidden" name="project" value={project} />}
        <label>
          Show
          <select name="kind">
            {KINDS.map(([kind, label]) => (
              <option key={kind} value={kind} selected={query.kind === kind}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label>
          Service
          <select name="service">
            <option value="">any</option>
            {services.map((service) => (
              <option key={service} value={service} selected={query.service === service}>
                {service}
              </option>
            ))}
          </select>
        </label>
        <label>
          At least
          <select name="severity">
            <option value="">any severity</option>
            {SEVERITIES.map((severity) => (
              <option key={severity} value={severity} selected={query.severity === severity}>
                {severity}
              </option>
            ))}
          </select>
        </label>
        <label class="filters-wide">
          Contains
          <input
            type="search"
            name="q"
            placeholder="any text"
            defaultValue={query.q}
            autocomplete="off"
            maxLength={200}
          />
        </label>
        <div class="filters-buttons">
          <Button type="submit" kind="primary">
            <Icon name="search" /> Show
          </Button>
          {isFiltered ? <ButtonLink href={toTail({}, search)}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}
