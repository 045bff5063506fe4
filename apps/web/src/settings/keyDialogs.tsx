/** Making, rotating and revoking a key. The key is shown in the dialog that made it, and never again. */
import type { CreatedKey } from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { Button } from "../ui/Button.tsx";
import { Code } from "../ui/Code.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Choice, readForm, type FormTexts } from "../ui/Field.tsx";
import { showToast } from "../ui/Toast.tsx";
import { ConfirmDialog, FormEnd, WhyField, whyOf } from "./ConfirmDialog.tsx";

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

/** A form that ends with a key to copy. */
export function MakeKeyDialog({
  title,
  path,
  submit,
  readBody,
  use,
  children,
  onClose,
}: {
  readonly title: string;
  readonly path: string;
  readonly submit: string;
  readonly readBody: (form: FormTexts) => object;
  /** What the key is for, with it in the text: shown beside it. */
  readonly use: (key: string) => ComponentChildren;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}) {
  const { refetch } = useApp();
  const sending = useSend();
  const [made, setMade] = useState<CreatedKey | null>(null);
  const make = async (event: SubmitEvent): Promise<void> => {
    const answer = await sending.send("POST", path, readBody(readForm(event)));
    if (answer === null || answer.problem !== null) return;
    // Shown before the page is asked for again: whatever happens to that, the key is seen.
    setMade(answer.data as CreatedKey);
    void refetch();
  };
  return (
    <Dialog title={made === null ? title : "Copy the key now"} onClose={onClose} isSticky={made !== null}>
      {made === null ? (
        <form class="form" onSubmit={(event) => void make(event)}>
          {children}
          <FormEnd sending={sending} submit={submit} onCancel={onClose} />
        </form>
      ) : (
        <div class="form">
          <p>It is shown this once: only a hash of it is stored.</p>
          <Code text={made.key} label="Key" />
          {use(made.key)}
          <div class="form-buttons">
            <Button
              kind="primary"
              onClick={() => {
                onClose();
                showToast("The key works from now on.");
              }}
            >
              I have it
            </Button>
          </div>
        </div>
      )}
    </Dialog>
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
  readonly use: (key: string) => ComponentChildren;
  readonly onClose: () => void;
}) {
  return (
    <MakeKeyDialog
      title={`Rotate ${name}`}
      path={`${keyPath}/rotate`}
      submit="Make the new key"
      readBody={({ text }) => ({ overlapHours: Number(text("overlap")), ...whyOf(text("why")) })}
      use={use}
      onClose={onClose}
    >
      <p class="muted">A new key takes over; the old one goes on for a while, so that nothing is lost.</p>
      <Choice label="The old key ends" name="overlap" options={OVERLAPS} value="24" />
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
      submit="Revoke the key"
      method="DELETE"
      path={keyPath}
      readBody={({ text }) => whyOf(text("why"))}
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
