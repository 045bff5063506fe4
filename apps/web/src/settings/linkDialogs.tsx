/** Links for somebody else: an invitation, a new password. They are shown once, to be handed over. */
import type { Role, SecretLink } from "@throughline/contract";
import { useState } from "preact/hooks";
import { Code } from "../ui/Code.tsx";
import { Choice, Field } from "../ui/Field.tsx";
import { Time } from "../ui/Time.tsx";
import { OnceDialog, type OnceDialogProps } from "./OnceDialog.tsx";
import { ProjectsField, projectsOf } from "./ProjectsField.tsx";
import { ROLE_OPTIONS } from "./roleText.ts";

const DAYS = [
  { value: "1", label: "1 day" },
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
] as const;

export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const [role, setRole] = useState<Role>("VIEWER");
  return (
    <LinkDialog
      title="Invite somebody"
      path="/api/invitations"
      readBody={(form) => ({
        email: form.text("email"),
        role,
        projectIds: projectsOf(form),
        expiresInDays: Number(form.text("days")),
      })}
      onClose={onClose}
    >
      <Field label="E-mail" name="email" type="email" required maxLength={320} autocomplete="off" />
      <Choice label="Role" name="role" options={ROLE_OPTIONS} value={role} onChoose={setRole} />
      {role === "VIEWER" ? <ProjectsField chosen={null} /> : null}
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
      readBody={() => ({})}
      onClose={onClose}
    >
      <p class="muted">Whoever opens the link chooses a new password for this account. It works once.</p>
    </LinkDialog>
  );
}

function LinkDialog(
  props: Pick<OnceDialogProps<SecretLink>, "title" | "path" | "readBody" | "children" | "onClose">,
) {
  return (
    <OnceDialog<SecretLink>
      {...props}
      shownTitle="Hand over this link"
      submit="Make the link"
      show={({ url, expiresAtMs, isMailed, hasMailFailed }) => (
        <>
          <p>
            It is shown this once and works once, until <Time ms={expiresAtMs} precision="minute" />.
            {isMailed ? " It was mailed too." : ""}
          </p>
          {hasMailFailed ? (
            <p role="alert">
              The mail could not be sent: hand the link over yourself. The server's log says why.
            </p>
          ) : null}
          <Code text={url} label="Link" />
        </>
      )}
    />
  );
}
