/** Parts of forms: a labelled input with its hint, a choice, and the refusal near the button. */
import type { Problem } from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./field.css";

export interface FieldProps {
  readonly label: string;
  readonly name: string;
  /** Below the input: what is expected. */
  readonly hint?: ComponentChildren;
  readonly type?: "text" | "email" | "url" | "password" | "search" | "date";
  readonly defaultValue?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly autofocus?: boolean;
  readonly spellcheck?: boolean;
  /** https://html.spec.whatwg.org/#autofill-field */
  readonly autocomplete?: string;
  readonly inputMode?: "numeric";
  readonly minLength?: number;
  readonly maxLength?: number;
}

export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Input id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} {...input} />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** One by one: the types of an input's attributes depend on its literal type. */
function Input({
  type,
  ...rest
}: Omit<FieldProps, "label" | "hint"> & {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
}) {
  if (type === "password") return <input {...rest} type="password" />;
  if (type === "email") return <input {...rest} type="email" />;
  if (type === "url") return <input {...rest} type="url" />;
  if (type === "search") return <input {...rest} type="search" />;
  if (type === "date") return <input {...rest} type="date" />;
  return <input {...rest} type="text" />;
}

export function Choice<T extends string>({
  label,
  name,
  options,
  value,
  hint,
  onChoose,
}: {
  readonly label: string;
  readonly name: string;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly value: T;
  readonly hint?: string;
  readonly onChoose?: (value: T) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.currentTarget.value);
          if (chosen !== undefined) onChoose?.(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** Several of a list, as checkboxes under one heading; `textsOf(form, name)` reads them. */
export function Checks({
  legend,
  name,
  options,
  chosen,
}: {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: readonly string[];
}) {
  return (
    <fieldset class="checks">
      <legend>{legend}</legend>
      {options.map(({ value, label }) => (
        <label key={value}>
          <input type="checkbox" name={name} value={value} defaultChecked={chosen.includes(value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Why the form was refused. The element is always there, so that screen readers say what comes into it. */
export function FormProblem({ problem }: { readonly problem: Problem | null }) {
  return (
    <div role="alert" class="form-problem">
      {problem === null ? null : <p>{problem.detail ?? problem.title}</p>}
    </div>
  );
}

/** The texts of a form, by field name. */
export interface FormTexts {
  readonly text: (name: string) => string;
  /** Of all fields with this name. */
  readonly texts: (name: string) => string[];
  /** Untrimmed: blanks are a part of passwords. */
  readonly secret: (name: string) => string;
}

/** The form that is being sent, which the browser then does not send itself. */
export function readForm(event: SubmitEvent): FormTexts {
  event.preventDefault();
  const form = new FormData(event.currentTarget instanceof HTMLFormElement ? event.currentTarget : undefined);
  const secret = (name: string): string => {
    const value = form.get(name);
    return typeof value === "string" ? value : "";
  };
  return {
    secret,
    text: (name) => secret(name).trim(),
    texts: (name) => form.getAll(name).filter((value) => typeof value === "string"),
  };
}
