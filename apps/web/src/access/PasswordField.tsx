import { Field } from "../ui/Field.tsx";

/** The rule is the server's (`newPassword` in the contract). */
const PASSWORD_LENGTH_MIN = 10;
const PASSWORD_LENGTH_MAX = 128;

/** A new password. */
export function PasswordField({ label, name }: { readonly label: string; readonly name: string }) {
  return (
    <Field
      label={label}
      name={name}
      type="password"
      required
      minLength={PASSWORD_LENGTH_MIN}
      maxLength={PASSWORD_LENGTH_MAX}
      autocomplete="new-password"
      hint="At least 10 characters, whichever they are."
    />
  );
}
