/** The authenticator app beside the password: on, off, and recovery codes for when it is lost. */
import { useState } from "preact/hooks";
import { ConfirmDialog } from "../settings/ConfirmDialog.tsx";
import { OnceDialog } from "../settings/OnceDialog.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { CurrentPassword, SwitchOnDialog } from "./SwitchOnDialog.tsx";

type Open = "on" | "off" | "codes";

export function SecondFactor({ isOn }: { readonly isOn: boolean }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  return (
    <Card title="Second factor" aside={<Badge tone={isOn ? "good" : "neutral"}>{isOn ? "on" : "off"}</Badge>}>
      <p class="muted card-text">
        {isOn
          ? "After the password a code of your authenticator app is asked for, or one of your recovery codes."
          : "A code of an app on your phone after the password: then a stolen password alone opens nothing."}
      </p>
      <div class="form-buttons">
        {isOn ? (
          <>
            <Button onClick={() => setOpen("codes")}>New recovery codes</Button>
            <Button onClick={() => setOpen("off")}>Switch off</Button>
          </>
        ) : (
          <Button onClick={() => setOpen("on")}>Set up an authenticator app</Button>
        )}
      </div>
      {open === "on" ? <SwitchOnDialog onClose={close} /> : null}
      {open === "codes" ? (
        <OnceDialog<{ readonly backupCodes: readonly string[] }>
          title="New recovery codes"
          shownTitle="Keep your recovery codes"
          path="/api/auth/two-factor/generate-backup-codes"
          submit="Make new codes"
          readBody={({ secret }) => ({ password: secret("password") })}
          show={({ backupCodes }) => <RecoveryCodes codes={backupCodes} />}
          onClose={close}
        >
          <p class="muted">The codes you have now stop working.</p>
          <CurrentPassword />
        </OnceDialog>
      ) : null}
      {open === "off" ? (
        <ConfirmDialog
          title="Switch the second factor off?"
          kind="danger"
          submit="Switch off"
          method="POST"
          path="/api/auth/two-factor/disable"
          readBody={({ secret }) => ({ password: secret("password") })}
          done="The second factor is off: the password alone signs in."
          onClose={close}
        >
          <p class="muted">From then on the password alone signs in. Your recovery codes stop working.</p>
          <CurrentPassword />
        </ConfirmDialog>
      ) : null}
    </Card>
  );
}
