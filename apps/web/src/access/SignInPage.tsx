/**
 * E-mail and password and the second factor where the account has one, or a passkey, or an organisation's single sign-on;
 * then back to where the person wanted to go.
 */
import type { Problem, SsoRefusal } from "@throughline/contract";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "../data/api.ts";
import { useApp } from "../data/appState.ts";
import { useSend, type Sending } from "../data/useSend.ts";
import type { PageProps } from "../page.ts";
import { ownPath, toSetup } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Field, FormProblem, readForm } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { canUsePasskeys, offerPasskeys, signInWithPasskey } from "./passkeys.ts";
import { SignOutButton } from "./SignOutButton.tsx";
import { SingleSignOn, useSingleSignOn } from "./SingleSignOn.tsx";

export function SignInPage({ search, data }: PageProps<SsoRefusal | null>) {
  const { session } = useApp();
  const [isSecondStep, setSecondStep] = useState(false);
  const next = ownPath(search.get("next"));
  // A document of its own: everything the product knows of the person comes with it.
  const enter = (): void => location.assign(next);
  if (session?.isSetupNeeded === true) {
    return (
      <div class="form">
        <p>Nobody can sign in yet: the first account has to be made.</p>
        <ButtonLink kind="primary" href={toSetup()}>
          Create the owner account
        </ButtonLink>
      </div>
    );
  }
  if (session?.person != null) {
    return (
      <div class="form">
        <p>
          You are signed in as <strong>{session.person.email}</strong>.
        </p>
        <div class="form-buttons">
          <ButtonLink kind="primary" href={next}>
            Continue
          </ButtonLink>
          <SignOutButton next={next} />
        </div>
      </div>
    );
  }
  return isSecondStep ? (
    <SecondFactor onDone={enter} onBack={() => setSecondStep(false)} />
  ) : (
    <Password
      next={next}
      refusal={data.value?.detail ?? null}
      onDone={enter}
      onSecondStep={() => setSecondStep(true)}
    />
  );
}

function Password({
  next,
  refusal,
  onDone,
  onSecondStep,
}: {
  readonly next: string;
  /** Why a provider's sign-in ended here. */
  readonly refusal: string | null;
  readonly onDone: () => void;
  readonly onSecondStep: () => void;
}) {
  const sending = useSend();
  const { isSending, problem, send } = sending;
  const askForPasskey = usePasskey(sending, onDone);
  const singleSignOn = useSingleSignOn(next);
  const signIn = async (event: SubmitEvent): Promise<void> => {
    const { text, secret } = readForm(event);
    const answer = await send("POST", "/api/auth/sign-in/email", {
      email: text("email"),
      password: secret("password"),
    });
    if (answer === null || answer.problem !== null) return;
    if (isTwoFactorAsked(answer.data)) onSecondStep();
    else onDone();
  };
  return (
    <form
      class="form"
      method="post"
      onSubmit={(event) => void signIn(event)}
      onChange={singleSignOn.onFormChange}
    >
      {refusal === null ? null : <FormProblem problem={{ ...SSO_REFUSED, detail: refusal }} />}
      <Field label="E-mail" name="email" type="email" required autocomplete="username webauthn" autofocus />
      <Field label="Password" name="password" type="password" required autocomplete="current-password" />
      <FormProblem problem={problem.value === null ? null : inWords(problem.value)} />
      <Button type="submit" kind="primary" disabled={isSending.value}>
        Sign in
      </Button>
      {askForPasskey === null ? null : (
        <Button disabled={isSending.value} onClick={askForPasskey}>
          <Icon name="key" /> Sign in with a passkey
        </Button>
      )}
      <SingleSignOn {...singleSignOn} next={next} />
      <p class="field-hint">
        No account? Ask an administrator for an invitation. Password forgotten? They can make a reset link.
      </p>
    </form>
  );
}

/**
 * Passkeys, as suggestions in the e-mail field where the browser can, and on demand.
 * @returns asks for one; null where none can be used
 */
function usePasskey({ run }: Sending, onDone: () => void): (() => void) | null {
  const isOffered = useApp().session?.canPasskey === true;
  const [isAble, setAble] = useState(false);
  const withdraw = useRef(() => {});
  const take = async (asked: () => Promise<Answer>): Promise<void> => {
    const answer = await run(asked);
    if (answer?.problem === null) onDone();
  };
  const offer = (): void => {
    withdraw.current = offerPasskeys((answer) => void take(async () => answer));
  };
  useEffect(() => {
    if (!isOffered || !canUsePasskeys()) return;
    setAble(true);
    offer();
    return () => withdraw.current();
  }, [isOffered]);
  if (!isAble) return null;
  return () => {
    withdraw.current();
    void take(signInWithPasskey).then(offer);
  };
}

function SecondFactor({ onDone, onBack }: { readonly onDone: () => void; readonly onBack: () => void }) {
  const { isSending, problem, send, forget } = useSend();
  const [isBackup, setBackup] = useState(false);
  const verify = async (event: SubmitEvent): Promise<void> => {
    const { text } = readForm(event);
    const path = `/api/auth/two-factor/verify-${isBackup ? "backup-code" : "totp"}`;
    const answer = await send("POST", path, { code: text("code").replaceAll(" ", "") });
    if (answer?.problem === null) onDone();
  };
  return (
    <form class="form" method="post" onSubmit={(event) => void verify(event)}>
      {isBackup ? (
        <Field
          key="backup"
          label="Recovery code"
          name="code"
          required
          autocomplete="off"
          autofocus
          hint="One of those you kept when you switched the second factor on. Each works once."
        />
      ) : (
        <Field
          key="totp"
          label="Code"
          name="code"
          required
          inputMode="numeric"
          autocomplete="one-time-code"
          autofocus
          hint="The six digits that your authenticator app shows now."
        />
      )}
      <FormProblem problem={problem.value} />
      <Button type="submit" kind="primary" disabled={isSending.value}>
        Verify
      </Button>
      <div class="form-buttons">
        <Button
          kind="quiet"
          onClick={() => {
            forget();
            setBackup(!isBackup);
          }}
        >
          {isBackup ? "Use the app's code" : "Use a recovery code"}
        </Button>
        <Button kind="quiet" onClick={onBack}>
          Start again
        </Button>
      </div>
    </form>
  );
}

const SSO_REFUSED: Problem = {
  type: "about:blank",
  title: "Single sign-on did not work",
  status: 403,
  code: "forbidden",
};

/** It must not tell whether there is such an account; it can tell what to do. */
function inWords(problem: Problem): Problem {
  if (problem.code !== "sign_in_failed") return problem;
  return { ...problem, detail: "The e-mail or the password is wrong. Check both and try again." };
}

function isTwoFactorAsked(data: unknown): boolean {
  return (
    typeof data === "object" &&
    data !== null &&
    "twoFactorRedirect" in data &&
    data.twoFactorRedirect === true
  );
}
