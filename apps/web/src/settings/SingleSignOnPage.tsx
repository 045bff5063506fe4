/** Through whom people of the organisation sign in, and which role they get by their groups there. */
import type { SsoProvider, SsoProviderList } from "@throughline/contract";
import { useState } from "preact/hooks";
import type { PageProps } from "../page.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { CheckDialog } from "./CheckProviderDialog.tsx";
import { ROLE_TEXT } from "./roleText.ts";
import { SettingsTabs } from "./SettingsTabs.tsx";
import { DeleteProviderDialog, ProviderDialog, SwitchProviderDialog } from "./ssoDialogs.tsx";

type Act = "check" | "change" | "switch" | "delete";
type Open = { readonly act: Act; readonly row: SsoProvider } | { readonly act: "create" };

export function SingleSignOnPage({ data }: PageProps<SsoProviderList>) {
  const { providers, next, domainProof } = data.value;
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const create = (): void => setOpen({ act: "create" });
  return (
    <div class="stack">
      <SettingsTabs />
      <Card
        title="Providers"
        isFlush
        aside={providers.length === 0 ? undefined : <Button onClick={create}>Add a provider</Button>}
      >
        {providers.length === 0 ? (
          <EmptyState
            title="People sign in with a password here"
            action={
              <Button kind="primary" onClick={create}>
                Add a provider
              </Button>
            }
          >
            With an OpenID Connect provider (Keycloak, Entra ID, Okta, Google and others) they sign in where
            they do already. They become members by themselves, with the role of their groups.
          </EmptyState>
        ) : (
          <Table
            caption="Providers"
            columns={columnsOf((act, row) => setOpen({ act, row }))}
            rows={providers}
            rowKey={({ id }) => id}
          />
        )}
      </Card>
      {open?.act === "create" ? (
        <ProviderDialog addresses={next} id={next.id} domainProof={domainProof} onClose={close} />
      ) : null}
      {open?.act === "change" ? (
        <ProviderDialog
          addresses={open.row}
          id={open.row.id}
          provider={open.row}
          domainProof={domainProof}
          onClose={close}
        />
      ) : null}
      {open?.act === "check" ? <CheckDialog provider={open.row} onClose={close} /> : null}
      {open?.act === "switch" ? <SwitchProviderDialog provider={open.row} onClose={close} /> : null}
      {open?.act === "delete" ? <DeleteProviderDialog provider={open.row} onClose={close} /> : null}
    </div>
  );
}

function columnsOf(onAct: (act: Act, row: SsoProvider) => void): readonly Column<SsoProvider>[] {
  return [
    {
      id: "name",
      head: "Provider",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ name, issuer }) => (
        <>
          <span title={name}>{name}</span>
          <small title={issuer}>{issuer.replace(/^https:\/\//, "")}</small>
        </>
      ),
    },
    {
      id: "domains",
      head: "mail domains",
      isSecondary: true,
      cell: ({ emailDomains }) =>
        emailDomains.length === 0 ? <span class="muted">none</span> : emailDomains.join(", "),
    },
    {
      id: "roles",
      head: "roles",
      isSecondary: true,
      cell: ({ roleByGroup, defaultRole }) => (
        <>
          {roleByGroup.length === 0 ? (
            <span class="muted">no groups</span>
          ) : (
            `${roleByGroup.length} ${roleByGroup.length === 1 ? "group" : "groups"}`
          )}
          <small>others: {defaultRole === null ? "refused" : ROLE_TEXT[defaultRole]}</small>
        </>
      ),
    },
    {
      id: "state",
      head: "state",
      sortBy: ({ isEnabled }) => (isEnabled ? "on" : "off"),
      cell: ({ isEnabled }) => (
        <Badge tone={isEnabled ? "good" : "neutral"}>{isEnabled ? "on" : "off"}</Badge>
      ),
    },
    {
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      cell: (row) => (
        <div class="row-actions">
          {ACTS.map(({ act, label }) => (
            <Button
              key={act}
              kind="quiet"
              aria-label={`${label(row)} ${row.name}`}
              onClick={() => onAct(act, row)}
            >
              {label(row)}
            </Button>
          ))}
        </div>
      ),
    },
  ];
}

const ACTS: readonly { readonly act: Act; readonly label: (row: SsoProvider) => string }[] = [
  { act: "check", label: () => "Check" },
  { act: "change", label: () => "Change" },
  { act: "switch", label: ({ isEnabled }) => (isEnabled ? "Switch off" : "Switch on") },
  { act: "delete", label: () => "Delete" },
];
