/** The form above a list: what it asks for is in the address, so that it can be sent, kept and gone back to. */
import type { ComponentChildren } from "preact";
import { useApp } from "../data/appState.ts";
import { KEPT_PARAMS } from "../page.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { readForm } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import "./filters.css";

/** What was filled in, by field name; empty where nothing was. */
export type Asked = Readonly<Record<string, string>>;

export interface FilterFormProps {
  /** The page's own path: without scripts the browser makes the address. */
  readonly action: string;
  readonly toPage: (asked: Asked) => string;
  /** Where nothing is filtered; null when nothing is now. */
  readonly clearHref?: string | null;
  /** Beside the button to send. */
  readonly extra?: ComponentChildren;
  /** Parameters of the address that are no filter and stay. */
  readonly kept?: readonly string[];
  /** What the button says when it does not find rows of a list. */
  readonly submit?: string;
  readonly isSubmitDisabled?: boolean;
  /** A class of its own, for widths. */
  readonly name?: string;
  readonly children: ComponentChildren;
}

export function FilterForm({
  action,
  toPage,
  clearHref = null,
  extra,
  kept = KEPT_PARAMS,
  submit,
  isSubmitDisabled = false,
  name,
  children,
}: FilterFormProps) {
  const { view, navigate } = useApp();
  const { search } = view.value;
  const apply = (event: SubmitEvent): void => {
    const form = event.currentTarget;
    const { text } = readForm(event);
    if (!(form instanceof HTMLFormElement)) return;
    const names = [...new FormData(form).keys()].filter((each) => !kept.includes(each));
    void navigate(toPage(Object.fromEntries(names.map((each) => [each, text(each)]))));
  };
  return (
    <search>
      <form class={name === undefined ? "filters" : `filters ${name}`} action={action} onSubmit={apply}>
        {kept.map((each) => {
          const value = search.get(each);
          return value === null ? null : <input key={each} type="hidden" name={each} value={value} />;
        })}
        {children}
        <div class="filters-buttons">
          <Button type="submit" kind="primary" disabled={isSubmitDisabled}>
            {submit ?? (
              <>
                <Icon name="search" /> Find
              </>
            )}
          </Button>
          {extra}
          {clearHref === null ? null : <ButtonLink href={clearHref}>Clear</ButtonLink>}
        </div>
      </form>
    </search>
  );
}

interface FilterProps {
  readonly label: string;
  readonly name: string;
  readonly value: string | null | undefined;
  /** A class of its own, for its width. */
  readonly class?: string;
}

export interface TextFilterProps extends FilterProps {
  readonly placeholder?: string;
  /** Narrow: for what is a few letters long. */
  readonly isShort?: boolean;
  /** What the browser insists on, and how it says so. */
  readonly pattern?: string;
  readonly title?: string;
  readonly maxLength?: number;
  readonly required?: boolean;
}

export function TextFilter({
  label,
  value,
  placeholder = "any",
  isShort = false,
  ...input
}: TextFilterProps) {
  return (
    <label class={isShort ? undefined : "filters-wide"}>
      {label}
      <input
        type="search"
        placeholder={placeholder}
        defaultValue={value ?? ""}
        autocomplete="off"
        spellcheck={false}
        {...input}
      />
    </label>
  );
}

export function DayFilter({ label, name, value, class: className }: FilterProps) {
  return (
    <label class={className}>
      {label}
      <input type="date" name={name} defaultValue={value ?? ""} />
    </label>
  );
}

/** A number of milliseconds. */
export function MsFilter({
  label,
  value,
  title,
  ...input
}: FilterProps & {
  readonly placeholder?: string;
  readonly min?: string;
  readonly max?: string;
  readonly title?: string;
}) {
  return (
    <label title={title}>
      {label}
      <input type="number" min="0" step="any" defaultValue={value ?? ""} {...input} />
    </label>
  );
}

export type FilterOption = string | { readonly value: string; readonly label: string };

export function ChoiceFilter({
  label,
  name,
  value,
  options,
  any,
  onChoose,
  class: className,
}: FilterProps & {
  /** A value that a link names and that is not among them is offered too. */
  readonly options: readonly FilterOption[];
  /** The choice of no filter; left out where one is always chosen. */
  readonly any?: string;
  readonly onChoose?: (value: string) => void;
}) {
  const offered = [...(any === undefined ? [] : [{ value: "", label: any }]), ...options.map(asOption)];
  const chosen = value ?? "";
  if (chosen !== "" && offered.every((option) => option.value !== chosen)) offered.push(asOption(chosen));
  return (
    <label class={className}>
      {label}
      <select
        name={name}
        onChange={onChoose === undefined ? undefined : (event) => onChoose(event.currentTarget.value)}
      >
        {offered.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === chosen}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

function asOption(option: FilterOption) {
  return typeof option === "string" ? { value: option, label: option } : option;
}
