/** A change that is asked about first: what it does, a reason for the audit log, and why it was refused. */
import type { ComponentChildren } from "preact";
import { useApp } from "../data/appState.ts";
import { useSend, type Sending } from "../data/useSend.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, FormProblem, readForm, type FormTexts } from "../ui/Field.tsx";
import { showToast } from "../ui/Toast.tsx";

export function ConfirmDialog({
  title,
  kind = "primary",
  submit,
  method,
  path,
  readBody = () => ({}),
  done,
  onDone,
  children,
  isSticky = false,
  onClose,
}: {
  readonly title: string;
  /** "danger": what it does can't be taken back. */
  readonly kind?: "primary" | "danger";
  readonly submit: string;
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly readBody?: (form: FormTexts) => object;
  /** Said when it is done. */
  readonly done: string;
  /** Instead of showing the page's data anew. */
  readonly onDone?: () => void;
  readonly children: ComponentChildren;
  /** Much was typed: a click beside it closes nothing. */
  readonly isSticky?: boolean;
  readonly onClose: () => void;
}) {
  const { refetch } = useApp();
  const sending = useSend();
  const confirm = async (event: SubmitEvent): Promise<void> => {
    const answer = await sending.send(method, path, readBody(readForm(event)));
    if (answer === null || answer.problem !== null) return;
    onClose();
    showToast(done);
    if (onDone === undefined) void refetch();
    else onDone();
  };
  return (
    <Dialog title={title} onClose={onClose} isSticky={isSticky}>
      <form class="form" onSubmit={(event) => void confirm(event)}>
        {children}
        <FormEnd sending={sending} kind={kind} submit={submit} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

export function FormEnd({
  sending,
  kind = "primary",
  submit,
  onCancel,
}: {
  readonly sending: Sending;
  readonly kind?: "primary" | "danger";
  readonly submit: string;
  readonly onCancel: () => void;
}) {
  return (
    <>
      <FormProblem problem={sending.problem.value} />
      <div class="form-buttons">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" kind={kind} disabled={sending.isSending.value}>
          {submit}
        </Button>
      </div>
    </>
  );
}

export function WhyField({ required = false }: { readonly required?: boolean }) {
  return (
    <Field
      label={required ? "Reason" : "Reason (optional)"}
      name="why"
      required={required}
      {...(required ? { minLength: 3 } : {})}
      maxLength={2000}
      hint="Kept in the audit log."
    />
  );
}

export function whyOf({ text }: FormTexts): object {
  const why = text("why");
  return why === "" ? {} : { why };
}
