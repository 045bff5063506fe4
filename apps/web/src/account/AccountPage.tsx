/** One's own account: name, password, second factor, passkeys, where one is signed in. */
import type { Account, SessionList } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import type { PageProps } from "../page.ts";
import { SettingsTabs } from "../settings/SettingsTabs.tsx";
import { ROLE_TEXT } from "../settings/roleText.ts";
import { PasswordField } from "../access/PasswordField.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Field, FormProblem, readForm } from "../ui/Field.tsx";
import { Time } from "../ui/Time.tsx";
import { showToast } from "../ui/Toast.tsx";
import { Passkeys } from "./Passkeys.tsx";
import { SecondFactor } from "./SecondFactor.tsx";
import { Sessions } from "./Sessions.tsx";
import "./account.css";

export interface AccountData {
  readonly account: Account;
  readonly list: SessionList;
}

export function AccountPage({ data }: PageProps<AccountData>) {
  const { session } = useApp();
  const { account, list } = data.value;
  const isOwn = session?.person?.isSingleSignOn !== true;
  return (
    <div class="stack">
      <SettingsTabs />
      <div class="account-cards">
        <Card title="You">
          {isOwn ? <NameForm name={account.name} /> : null}
          <dl class="about">
            <dt>E-mail</dt>
            <dd>{account.email}</dd>
            <dt>Since</dt>
            <dd>
              <Time ms={account.createdAtMs} precision="minute" />
            </dd>
            {account.memberships.map(({ tenantId, tenantName, role }) => (
              <Membership key={tenantId} name={tenantName} role={ROLE_TEXT[role]} />
            ))}
          </dl>
        </Card>
        <Card title="Password">
          {isOwn && account.hasPassword ? (
            <PasswordForm />
          ) : (
            <p class="muted card-text">Your organisation's single sign-on looks after this account.</p>
          )}
        </Card>
        {isOwn && account.hasPassword ? <SecondFactor isOn={account.hasTwoFactor} /> : null}
      </div>
      {isOwn ? <Passkeys passkeys={account.passkeys} /> : null}
      <Sessions sessions={list.sessions} />
    </div>
  );
}

function Membership({ name, role }: { readonly name: string; readonly role: string }) {
  return (
    <>
      <dt>Member of</dt>
      <dd>
        {name} <span class="muted">as {role}</span>
      </dd>
    </>
  );
}

function NameForm({ name }: { readonly name: string }) {
  const { refetch } = useApp();
  const { isSending, problem, send } = useSend();
  const save = async (event: SubmitEvent): Promise<void> => {
    const answer = await send("PATCH", "/api/account", { name: readForm(event).text("name") });
    if (answer?.problem !== null) return;
    showToast("Your name is changed.");
    void refetch();
  };
  return (
    <form class="form" onSubmit={(event) => void save(event)}>
      <Field label="Name" name="name" required maxLength={200} autocomplete="name" defaultValue={name} />
      <FormProblem problem={problem.value} />
      <div class="form-buttons">
        <Button type="submit" disabled={isSending.value}>
          Save the name
        </Button>
      </div>
    </form>
  );
}

function PasswordForm() {
  const { session, refetch } = useApp();
  const { isSending, problem, send } = useSend();
  const change = async (event: SubmitEvent): Promise<void> => {
    const { currentTarget: form } = event;
    const { secret } = readForm(event);
    const answer = await send("POST", "/api/auth/change-password", {
      currentPassword: secret("current"),
      newPassword: secret("password"),
    });
    if (answer?.problem !== null) return;
    if (form instanceof HTMLFormElement) form.reset();
    showToast("The password is changed, and your other sessions are signed out.");
    void refetch();
  };
  return (
    <form class="form" method="post" onSubmit={(event) => void change(event)}>
      {/* For password managers: whose password it is. */}
      <input type="hidden" name="username" autocomplete="username" value={session?.person?.email ?? ""} />
      <Field
        label="Current password"
        name="current"
        type="password"
        required
        autocomplete="current-password"
      />
      <PasswordField label="New password" name="password" />
      <FormProblem problem={problem.value} />
      <div class="form-buttons">
        <Button type="submit" disabled={isSending.value}>
          Change the password
        </Button>
      </div>
    </form>
  );
}
