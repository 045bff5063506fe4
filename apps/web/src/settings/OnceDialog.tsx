/** A form that ends with something to keep, a key, a link, recovery codes: shown in this dialog, and never again. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { readForm, type FormTexts } from "../ui/Field.tsx";
import { showToast } from "../ui/Toast.tsx";
import { FormEnd } from "./ConfirmDialog.tsx";

export interface OnceDialogProps<Made> {
  readonly title: string;
  /** Title of what is shown. */
  readonly shownTitle: string;
  readonly path: string;
  readonly submit: string;
  readonly readBody: (form: FormTexts) => object;
  readonly show: (made: Made) => ComponentChildren;
  /** Said when the person has it. */
  readonly done?: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}

export function OnceDialog<Made>(props: OnceDialogProps<Made>) {
  const { title, shownTitle, path, submit, readBody, show, done, children, onClose } = props;
  const { refetch } = useApp();
  const sending = useSend();
  const [made, setMade] = useState<{ readonly answer: Made } | null>(null);
  const make = async (event: SubmitEvent): Promise<void> => {
    const answer = await sending.send("POST", path, readBody(readForm(event)));
    if (answer === null || answer.problem !== null) return;
    // Shown before the page is asked for again: whatever happens to that, it is seen.
    setMade({ answer: answer.data as Made });
    void refetch();
  };
  const close = (): void => {
    onClose();
    if (done !== undefined) showToast(done);
  };
  return (
    <Dialog title={made === null ? title : shownTitle} onClose={onClose} isSticky={made !== null}>
      {made === null ? (
        <form class="form" method="post" onSubmit={(event) => void make(event)}>
          {children}
          <FormEnd sending={sending} submit={submit} onCancel={onClose} />
        </form>
      ) : (
        <div class="form">
          {show(made.answer)}
          <div class="form-buttons">
            <Button kind="primary" onClick={close}>
              I have it
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
