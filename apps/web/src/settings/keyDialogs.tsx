/** Making, rotating and revoking a key. The key is shown in the dialog that made it, and never again. */
import type { CreatedKey } from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Code } from "../ui/Code.tsx";
import { Choice } from "../ui/Field.tsx";
import { ConfirmDialog, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { OnceDialog, type OnceDialogProps } from "./OnceDialog.tsx";

const LIFETIMES = [
  { value: "", label: "never" },
  { value: "30", label: "in 30 days" },
  { value: "90", label: "in 90 days" },
  { value: "365", label: "in a year" },
] as const;

const OVERLAPS = [
  { value: "0", label: "at once" },
  { value: "1", label: "in 1 hour" },
  { value: "24", label: "in 24 hours" },
  { value: "168", label: "in 7 days" },
] as const;

/** What the key is for, with it in the text: shown beside it. */
export type KeyUse = (key: string) => ComponentChildren;

export function MakeKeyDialog({
  use,
  ...props
}: Omit<OnceDialogProps<CreatedKey>, "shownTitle" | "show" | "done"> & { readonly use: KeyUse }) {
  return (
    <OnceDialog<CreatedKey>
      {...props}
      shownTitle="Copy the key now"
      show={({ key }) => (
        <>
          <p>It is shown this once: only a hash of it is stored.</p>
          <Code text={key} label="Key" />
          {use(key)}
        </>
      )}
      done="The key works from now on."
    />
  );
}

export function RotateKeyDialog({
  keyPath,
  name,
  use,
  onClose,
}: {
  readonly keyPath: string;
  readonly name: string;
  readonly use: KeyUse;
  readonly onClose: () => void;
}) {
  const [overlap, setOverlap] = useState<(typeof OVERLAPS)[number]["value"]>("24");
  const ends = OVERLAPS.find(({ value }) => value === overlap)?.label;
  return (
    <MakeKeyDialog
      title={`Rotate ${name}`}
      path={`${keyPath}/rotate`}
      submit="Make the new key"
      readBody={(form) => ({ overlapHours: Number(overlap), ...whyOf(form) })}
      use={(key) => (
        <>
          <p>
            {overlap === "0"
              ? "The old key does not work any more."
              : `The old key ends ${ends}: until then both work.`}
          </p>
          {use(key)}
        </>
      )}
      onClose={onClose}
    >
      <p class="muted">A new key takes over; the old one goes on for a while, so that nothing is lost.</p>
      <Choice
        label="The old key ends"
        name="overlap"
        options={OVERLAPS}
        value={overlap}
        onChoose={setOverlap}
      />
      <WhyField />
    </MakeKeyDialog>
  );
}

export function RevokeKeyDialog({
  keyPath,
  name,
  effect,
  onClose,
}: {
  readonly keyPath: string;
  readonly name: string;
  readonly effect: string;
  readonly onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Revoke ${name}?`}
      kind="danger"
      submit="Revoke the key"
      method="DELETE"
      path={keyPath}
      readBody={whyOf}
      done={`${name} is revoked.`}
      onClose={onClose}
    >
      <p class="muted">{effect}</p>
      <WhyField />
    </ConfirmDialog>
  );
}

export function LifetimeField({ value }: { readonly value: "" | "90" }) {
  return <Choice label="Ends" name="days" options={LIFETIMES} value={value} />;
}

export const daysOf = (text: string): number | null => (text === "" ? null : Number(text));
