/** Adding, changing, switching and deleting a sign-on provider. */
import type { Role, SsoProvider } from "@throughline/contract";
import { useState } from "preact/hooks";
import { Code } from "../ui/Code.tsx";
import { Choice, Field, type FormTexts } from "../ui/Field.tsx";
import { ClientSecret, secretOf } from "./ClientSecret.tsx";
import { ConfirmDialog, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { GroupRoles, groupRowsOf, rolesByGroup } from "./GroupRoles.tsx";
import { ROLE_TEXT } from "./roleText.ts";

const OTHERS = [
  { value: "", label: "are refused" },
  { value: "VIEWER", label: ROLE_TEXT.VIEWER },
  { value: "ADMIN", label: ROLE_TEXT.ADMIN },
  { value: "SUPER_ADMIN", label: ROLE_TEXT.SUPER_ADMIN },
] as const satisfies readonly { value: Role | ""; label: string }[];

export function ProviderDialog({
  id,
  addresses,
  provider,
  domainProof,
  onClose,
}: {
  readonly id: string;
  readonly addresses: Pick<SsoProvider, "redirectUrl" | "startUrl">;
  /** Absent: a new one is made. */
  readonly provider?: SsoProvider;
  /** The value of the record that proves a mail domain; null where none is needed. */
  readonly domainProof: string | null;
  readonly onClose: () => void;
}) {
  const [groups, setGroups] = useState(() => groupRowsOf(provider?.roleByGroup ?? []));
  const readBody = ({ text, secret }: FormTexts): object => ({
    ...(provider === undefined ? { id } : { isEnabled: provider.isEnabled }),
    ...secretOf(text("secretChoice"), secret("clientSecret")),
    name: text("name"),
    issuer: text("issuer"),
    clientId: text("clientId"),
    emailDomains: wordsOf(text("emailDomains")),
    scopes: wordsOf(text("scopes")),
    groupsClaim: text("groupsClaim"),
    roleByGroup: rolesByGroup(groups),
    defaultRole: text("defaultRole") === "" ? null : text("defaultRole"),
  });
  return (
    <ConfirmDialog
      title={provider === undefined ? "Add a provider" : `Change ${provider.name}`}
      submit={provider === undefined ? "Add the provider" : "Save"}
      method={provider === undefined ? "POST" : "PUT"}
      path={provider === undefined ? "/api/sso-providers" : `/api/sso-providers/${id}`}
      readBody={readBody}
      done={provider === undefined ? "Added. Check it before you tell people." : "Saved."}
      isSticky
      onClose={onClose}
    >
      <div class="field">
        <span class="field-label">Redirect address</span>
        <Code text={addresses.redirectUrl} label="Redirect address" />
        <p class="field-hint">
          Register a web client with it at the provider first; that gives id and secret.
        </p>
      </div>
      <Field
        label="Name"
        name="name"
        required
        maxLength={200}
        autocomplete="off"
        placeholder="Acme login"
        defaultValue={provider?.name}
        hint="People read it on the sign-in page: Continue with …"
      />
      <Field
        label="Issuer"
        name="issuer"
        type="url"
        required
        maxLength={2000}
        autocomplete="off"
        placeholder="https://login.example.com/realms/acme"
        defaultValue={provider?.issuer}
        hint="The address whose /.well-known/openid-configuration describes the provider."
      />
      <Field
        label="Client id"
        name="clientId"
        required
        maxLength={500}
        autocomplete="off"
        spellcheck={false}
        defaultValue={provider?.clientId}
      />
      <ClientSecret isStored={provider?.hasClientSecret === true} />
      <Field
        label="Mail domains"
        name="emailDomains"
        autocomplete="off"
        spellcheck={false}
        placeholder="example.com, example.org"
        defaultValue={provider?.emailDomains.join(", ")}
        hint={
          <>
            People with such addresses are offered this provider. Others start at{" "}
            <code>{addresses.startUrl}</code>.
          </>
        }
      />
      {domainProof === null ? null : (
        <div class="field">
          <span class="field-label">Proof of a mail domain</span>
          <Code text={domainProof} label="Proof of a mail domain" />
          <p class="field-hint">
            A TXT record with this value at <code>_throughline.</code> of each domain. Nobody with another
            address gets in.
          </p>
        </div>
      )}
      <GroupRoles rows={groups} onChange={setGroups} />
      <Choice
        label="People in none of these groups"
        name="defaultRole"
        options={OTHERS}
        value={provider?.defaultRole ?? ""}
        hint="Roles are set anew at each sign-in."
      />
      <details class="sso-details">
        <summary>Scopes and claim</summary>
        <div class="form">
          <Field
            label="Scopes"
            name="scopes"
            autocomplete="off"
            spellcheck={false}
            defaultValue={provider?.scopes.join(" ") ?? "openid email profile"}
            hint="Some providers send groups only with a scope of their own."
          />
          <Field
            label="Claim with the groups"
            name="groupsClaim"
            required
            maxLength={200}
            autocomplete="off"
            spellcheck={false}
            defaultValue={provider?.groupsClaim ?? "groups"}
          />
        </div>
      </details>
    </ConfirmDialog>
  );
}

export function SwitchProviderDialog({
  provider,
  onClose,
}: {
  readonly provider: SsoProvider;
  readonly onClose: () => void;
}) {
  const { id, name, isEnabled } = provider;
  return (
    <ConfirmDialog
      title={`Switch ${name} ${isEnabled ? "off" : "on"}?`}
      submit={isEnabled ? "Switch off" : "Switch on"}
      method="PUT"
      path={`/api/sso-providers/${id}`}
      readBody={() => ({ ...provider, isEnabled: !isEnabled })}
      done={`${name} is ${isEnabled ? "off" : "on"}.`}
      onClose={onClose}
    >
      <p class="muted">
        {isEnabled
          ? "Nobody signs in through it any more, and whoever did is signed out within five seconds."
          : "It is offered on the sign-in page again."}
      </p>
    </ConfirmDialog>
  );
}

export function DeleteProviderDialog({
  provider,
  onClose,
}: {
  readonly provider: SsoProvider;
  readonly onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Delete ${provider.name}?`}
      submit="Delete the provider"
      method="DELETE"
      path={`/api/sso-providers/${provider.id}`}
      readBody={whyOf}
      done={`${provider.name} is deleted.`}
      onClose={onClose}
    >
      <p class="muted">
        Whoever signed in through it is signed out. They stay members; those without a password need a reset
        link to come back.
      </p>
      <WhyField />
    </ConfirmDialog>
  );
}

const wordsOf = (text: string): string[] => text.split(/[\s,;]+/).filter((word) => word !== "");
