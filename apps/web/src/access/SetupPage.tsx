/** The first account, which owns the installation. Gone as soon as there is one. */
import type { SetupState } from "@throughline/contract";
import { useSend } from "../data/useSend.ts";
import type { PageProps } from "../page.ts";
import { toSignIn } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Field, FormProblem, readForm } from "../ui/Field.tsx";
import { PasswordField } from "./PasswordField.tsx";

export function SetupPage({ data }: PageProps<SetupState>) {
  const { isSending, problem, send } = useSend();
  const create = async (event: SubmitEvent): Promise<void> => {
    const { text, secret } = readForm(event);
    const code = text("code");
    const answer = await send("POST", "/api/setup", {
      name: text("name"),
      email: text("email"),
      password: secret("password"),
      ...(code === "" ? {} : { code }),
    });
    if (answer?.problem === null) location.assign("/");
  };
  if (!data.value.isNeeded) {
    return (
      <div class="form">
        <p>The owner account exists. Further people are invited by it.</p>
        <ButtonLink kind="primary" href={toSignIn()}>
          Sign in
        </ButtonLink>
      </div>
    );
  }
  return (
    <form class="form" method="post" onSubmit={(event) => void create(event)}>
      <p class="muted">
        It owns this installation: it makes keys and invites people. From then on everybody signs in.
      </p>
      <Field label="Name" name="name" required maxLength={200} autocomplete="name" autofocus />
      <Field label="E-mail" name="email" type="email" required maxLength={320} autocomplete="username" />
      <PasswordField label="Password" name="password" />
      {data.value.isCodeNeeded ? (
        <Field
          label="Set-up code"
          name="code"
          required
          maxLength={100}
          autocomplete="off"
          spellcheck={false}
          hint="The server printed it when it started. You are asked because you are not on its machine."
        />
      ) : null}
      <FormProblem problem={problem.value} />
      <Button type="submit" kind="primary" disabled={isSending.value}>
        Create the account
      </Button>
    </form>
  );
}
