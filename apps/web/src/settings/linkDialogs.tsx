/** Links for somebody else: an invitation, a new password. They are shown once, to be handed over. */
import type { Role, SecretLink } from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { Button } from "../ui/Button.tsx";
import { Code } from "../ui/Code.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Checks, Choice, Field, readForm, type FormTexts } from "../ui/Field.tsx";
import { Time } from "../ui/Time.tsx";
import { FormEnd } from "./ConfirmDialog.tsx";
import { ROLE_OPTIONS } from "./roleText.ts";

const DAYS = [
  { value: "1", label: "1 day" },
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
] as const;

export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const { projects } = useApp();
  const [role, setRole] = useState<Role>("VIEWER");
  const [isAll, setAll] = useState(true);
  const isLimited = role === "VIEWER" && !isAll;
  return (
    <LinkDialog
      title="Invite somebody"
      path="/api/invitations"
      submit="Make the link"
      readBody={({ text, texts }) => ({
        email: text("email"),
        role,
        projectIds: isLimited ? texts("projectIds") : null,
        expiresInDays: Number(text("days")),
      })}
      onClose={onClose}
    >
      <Field label="E-mail" name="email" type="email" required maxLength={320} autocomplete="off" />
      <Choice label="Role" name="role" options={ROLE_OPTIONS} value={role} onChoose={setRole} />
      {role === "VIEWER" ? (
        <Choice
          label="Projects"
          name="limit"
          options={[
            { value: "all", label: "all" },
            { value: "some", label: "only some" },
          ]}
          value={isAll ? "all" : "some"}
          onChoose={(value) => setAll(value === "all")}
        />
      ) : null}
      {isLimited ? (
        <Checks
          legend="These projects"
          name="projectIds"
          options={projects.value.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={[]}
        />
      ) : null}
      <Choice label="The link works for" name="days" options={DAYS} value="7" />
    </LinkDialog>
  );
}

export function ResetLinkDialog({
  userId,
  name,
  onClose,
}: {
  readonly userId: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  return (
    <LinkDialog
      title={`A new password for ${name}`}
      path={`/api/members/${encodeURIComponent(userId)}/reset-link`}
      submit="Make the link"
      readBody={() => ({})}
      onClose={onClose}
    >
      <p class="muted">Whoever opens the link chooses a new password for this account. It works once.</p>
    </LinkDialog>
  );
}

function LinkDialog({
  title,
  path,
  submit,
  readBody,
  children,
  onClose,
}: {
  readonly title: string;
  readonly path: string;
  readonly submit: string;
  readonly readBody: (form: FormTexts) => object;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}) {
  const { refetch } = useApp();
  const sending = useSend();
  const [link, setLink] = useState<SecretLink | null>(null);
  const make = async (event: SubmitEvent): Promise<void> => {
    const answer = await sending.send("POST", path, readBody(readForm(event)));
    if (answer === null || answer.problem !== null) return;
    setLink(answer.data as SecretLink);
    void refetch();
  };
  return (
    <Dialog title={link === null ? title : "Hand over this link"} onClose={onClose} isSticky={link !== null}>
      {link === null ? (
        <form class="form" onSubmit={(event) => void make(event)}>
          {children}
          <FormEnd sending={sending} submit={submit} onCancel={onClose} />
        </form>
      ) : (
        <div class="form">
          <p>
            It is shown this once and works once, until <Time ms={link.expiresAtMs} precision="minute" />.
            {link.isMailed ? " It was mailed too." : ""}
          </p>
          {link.hasMailFailed ? (
            <p role="alert">
              The mail could not be sent: hand the link over yourself. The server's log says why.
            </p>
          ) : null}
          <Code text={link.url} label="Link" />
          <div class="form-buttons">
            <Button kind="primary" onClick={onClose}>
              I have it
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
