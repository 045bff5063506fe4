/**
 * Switching the second factor on:
 *
 *   password ─▶ scan ─▶ a code that proves it ─▶ recovery codes, shown once
 *
 * It is on from the proof on, and not before: whoever stops halfway can still sign in with the password.
 */
import { useState } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { FormEnd } from "../settings/ConfirmDialog.tsx";
import { Button } from "../ui/Button.tsx";
import { Code } from "../ui/Code.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, readForm } from "../ui/Field.tsx";
import { showToast } from "../ui/Toast.tsx";
import { QrCode } from "./QrCode.tsx";
import { RecoveryCodes } from "./RecoveryCodes.tsx";

interface Begun {
  /** `otpauth://totp/…`, as authenticator apps read it. */
  readonly totpURI: string;
  readonly backupCodes: readonly string[];
}

const TITLES = {
  password: "Set up an authenticator app",
  proof: "Scan the code with your app",
  codes: "Keep your recovery codes",
} as const;

export function SwitchOnDialog({ onClose }: { readonly onClose: () => void }) {
  const { refetch } = useApp();
  const [begun, setBegun] = useState<Begun | null>(null);
  const [isProved, setProved] = useState(false);
  const step = begun === null ? "password" : isProved ? "codes" : "proof";
  return (
    <Dialog title={TITLES[step]} onClose={onClose} isSticky={step !== "password"}>
      {begun === null ? (
        <PasswordStep onBegun={setBegun} onClose={onClose} />
      ) : isProved ? (
        <div class="form">
          <RecoveryCodes codes={begun.backupCodes} />
          <div class="form-buttons">
            <Button
              kind="primary"
              onClick={() => {
                onClose();
                showToast("The second factor is on.");
              }}
            >
              I have them
            </Button>
          </div>
        </div>
      ) : (
        <ProofStep
          uri={begun.totpURI}
          onProved={() => {
            setProved(true);
            void refetch();
          }}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

function PasswordStep({
  onBegun,
  onClose,
}: {
  readonly onBegun: (begun: Begun) => void;
  readonly onClose: () => void;
}) {
  const sending = useSend();
  const begin = async (event: SubmitEvent): Promise<void> => {
    const { secret } = readForm(event);
    const answer = await sending.send("POST", "/api/auth/two-factor/enable", {
      password: secret("password"),
    });
    if (answer?.problem === null) onBegun(answer.data as Begun);
  };
  return (
    <form class="form" method="post" onSubmit={(event) => void begin(event)}>
      <p class="muted">Any app with one-time codes does. First, so that nobody else does it for you:</p>
      <CurrentPassword />
      <FormEnd sending={sending} submit="Go on" onCancel={onClose} />
    </form>
  );
}

function ProofStep({
  uri,
  onProved,
  onClose,
}: {
  readonly uri: string;
  readonly onProved: () => void;
  readonly onClose: () => void;
}) {
  const sending = useSend();
  const prove = async (event: SubmitEvent): Promise<void> => {
    const code = readForm(event).text("code").replaceAll(" ", "");
    const answer = await sending.send("POST", "/api/auth/two-factor/verify-totp", { code });
    if (answer?.problem === null) onProved();
  };
  return (
    <form class="form" method="post" onSubmit={(event) => void prove(event)}>
      <div class="two-factor-scan">
        <QrCode text={uri} label="QR code for the authenticator app" />
        <div>
          <p class="muted">Or type this into the app:</p>
          <Code text={new URL(uri).searchParams.get("secret") ?? ""} label="Secret" />
        </div>
      </div>
      <Field
        label="Code"
        name="code"
        required
        inputMode="numeric"
        autocomplete="one-time-code"
        hint="The six digits that the app shows now prove that it works."
      />
      <FormEnd sending={sending} submit="Switch on" onCancel={onClose} />
    </form>
  );
}

/** Asked for again before what a stolen session must not do. */
export function CurrentPassword() {
  return (
    <Field
      label="Current password"
      name="password"
      type="password"
      required
      maxLength={128}
      autocomplete="current-password"
    />
  );
}
