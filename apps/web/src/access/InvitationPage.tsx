/** What a person who holds an invitation's link sees: into what they are invited, and how to join. */
import type { InvitationView, Problem } from "@throughline/contract";
import { useEffect, useState } from "preact/hooks";
import { sendApi } from "../data/api.ts";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { toSignIn } from "../paths.ts";
import { ROLE_TEXT } from "../settings/roleText.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { Field, FormProblem, readForm } from "../ui/Field.tsx";
import { Skeleton } from "../ui/States.tsx";
import { Time } from "../ui/Time.tsx";
import { forgetLinkToken, useLinkToken } from "./linkToken.ts";
import { PasswordField } from "./PasswordField.tsx";
import { SignOutButton } from "./SignOutButton.tsx";

const TOKEN_NAME = "invitation";

export function InvitationPage() {
  const token = useLinkToken(TOKEN_NAME);
  const [view, setView] = useState<InvitationView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (token === null || token === "") return;
    void sendApi("POST", "/api/invitations/look", { token }).then((answer) => {
      if (answer.problem === null) setView(answer.data as InvitationView);
      else setProblem(answer.problem);
    });
  }, [token]);
  if (token === "" || problem !== null) {
    return (
      <div class="form">
        <FormProblem problem={problem ?? NO_TOKEN} />
        <p class="muted">Ask whoever invited you for a new link.</p>
      </div>
    );
  }
  if (view === null || token === null) return <Skeleton lines={5} />;
  return <Invited view={view} token={token} />;
}

const NO_TOKEN: Problem = {
  type: "about:blank",
  title: "The link is incomplete",
  status: 400,
  code: "link_invalid",
  detail: "This address is a part of an invitation's link only. Open the whole link.",
};

function Invited({ view, token }: { readonly view: InvitationView; readonly token: string }) {
  const { session } = useApp();
  const { isSending, problem, send } = useSend();
  const accept = async (event: SubmitEvent): Promise<void> => {
    const { text, secret } = readForm(event);
    const account = view.hasAccount ? {} : { name: text("name"), password: secret("password") };
    const answer = await send("POST", "/api/invitations/accept", { token, ...account });
    if (answer === null || answer.problem !== null) return;
    forgetLinkToken(TOKEN_NAME);
    location.assign("/");
  };
  const invited = (
    <p>
      {view.invitedBy === "" ? "You are invited" : `${view.invitedBy} invites you`} to{" "}
      <strong>{view.tenantName}</strong> as {ROLE_TEXT[view.role]}. The link works until{" "}
      <Time ms={view.expiresAtMs} precision="minute" />.
    </p>
  );
  if (view.hasAccount && !view.isSignedInAsInvited) {
    return (
      <div class="form">
        {invited}
        <p class="muted">
          {session?.person == null
            ? `There is an account for ${view.email}: sign in with it to join.`
            : `It is for ${view.email}, and you are signed in as ${session.person.email}.`}
        </p>
        {session?.person == null ? (
          <ButtonLink kind="primary" href={toSignIn("/invitation")}>
            Sign in
          </ButtonLink>
        ) : (
          <SignOutButton next="/invitation" />
        )}
      </div>
    );
  }
  return (
    <form class="form" method="post" onSubmit={(event) => void accept(event)}>
      {invited}
      {view.hasAccount ? null : (
        <>
          <p class="muted">Your account will be {view.email}.</p>
          <Field label="Name" name="name" required maxLength={200} autocomplete="name" />
          <PasswordField label="Password" name="password" />
        </>
      )}
      <FormProblem problem={problem.value} />
      <Button type="submit" kind="primary" disabled={isSending.value}>
        Join
      </Button>
    </form>
  );
}
