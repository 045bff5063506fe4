/** The secret that a provider gave: entered once, never shown, kept, replaced or removed. */
import { useState } from "preact/hooks";
import { Choice, Field } from "../ui/Field.tsx";

const CHOICES = [
  { value: "keep", label: "Keep the stored one" },
  { value: "replace", label: "Replace it" },
  { value: "remove", label: "Remove it: a public client" },
] as const;
type SecretChoice = (typeof CHOICES)[number]["value"];

export function ClientSecret({ isStored }: { readonly isStored: boolean }) {
  const [choice, setChoice] = useState<SecretChoice>("keep");
  if (!isStored) return <SecretField label="Client secret" hint={`${STORED} Empty for public clients.`} />;
  return (
    <>
      <Choice
        label="Client secret"
        name="secretChoice"
        options={CHOICES}
        value={choice}
        onChoose={setChoice}
        {...(choice === "remove" ? { hint: PUBLIC } : {})}
      />
      {choice === "replace" ? <SecretField label="New client secret" hint={STORED} isRequired /> : null}
    </>
  );
}

const STORED = "Stored encrypted, and shown to nobody.";
const PUBLIC =
  "The provider has to know this client as public. Each sign-in is still bound to its browser (PKCE).";

function SecretField({
  label,
  hint,
  isRequired = false,
}: {
  readonly label: string;
  readonly hint: string;
  readonly isRequired?: boolean;
}) {
  return (
    <Field
      label={label}
      name="clientSecret"
      type="password"
      required={isRequired}
      maxLength={2000}
      autocomplete="off"
      hint={hint}
    />
  );
}

/** What is sent: nothing keeps the stored one, null removes it. */
export function secretOf(choice: string, secret: string): { clientSecret?: string | null } {
  if (choice === "remove") return { clientSecret: null };
  return secret === "" ? {} : { clientSecret: secret };
}
