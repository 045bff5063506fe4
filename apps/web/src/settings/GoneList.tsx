/** What questions before a deletion have in common: what goes, and the name of the thing typed again. */
import type { ComponentChildren } from "preact";
import { Field } from "../ui/Field.tsx";

export function GoneList({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="gone">
      <p>Gone for good:</p>
      <ul>{children}</ul>
    </div>
  );
}

export function ConfirmField({ what }: { readonly what: string }) {
  return (
    <Field
      label={`Type “${what}” to confirm`}
      name="confirm"
      required
      autocomplete="off"
      spellcheck={false}
    />
  );
}

/** "1 ingest key", "2 ingest keys" */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
