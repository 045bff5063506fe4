/** Where the link of a forgotten password leads. */
import type { Problem } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useSend } from "../data/useSend.ts";
import { toSignIn } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { FormProblem, readForm } from "../ui/Field.tsx";
import { forgetLinkToken, useLinkToken } from "./linkToken.ts";
import { PasswordField } from "./PasswordField.tsx";

const TOKEN_NAME = "reset-password";

const NO_TOKEN: Problem = {
  type: "about:blank",
  title: "The link is incomplete",
  status: 400,
  code: "link_invalid",
  detail: "This address is a part of a link only. Open the whole link, or ask for a new one.",
};

export function ResetPasswordPage() {
  const token = useLinkToken(TOKEN_NAME);
  const { isSending, problem, send } = useSend();
  const [isDone, setDone] = useState(false);
  const change = async (event: SubmitEvent): Promise<void> => {
    const newPassword = readForm(event).secret("password");
    const answer = await send("POST", "/api/password-reset", { token, newPassword });
    if (answer === null || answer.problem !== null) return;
    forgetLinkToken(TOKEN_NAME);
    setDone(true);
  };
  if (isDone) {
    return (
      <div class="form">
        <p>The new password works from now on. Everybody who was signed in with the old one is signed out.</p>
        <ButtonLink kind="primary" href={toSignIn()}>
          Sign in
        </ButtonLink>
      </div>
    );
  }
  if (token === "") return <FormProblem problem={NO_TOKEN} />;
  return (
    <form class="form" method="post" onSubmit={(event) => void change(event)}>
      <PasswordField label="New password" name="password" />
      <FormProblem problem={problem.value} />
      <Button type="submit" kind="primary" disabled={isSending.value}>
        Change the password
      </Button>
    </form>
  );
}
