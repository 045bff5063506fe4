import type { ApiKey, RoleTable } from "@throughline/contract";
import { useMay } from "../data/appState.ts";
import { Checks, Field } from "../ui/Field.tsx";
import { KeyCard } from "./KeyCard.tsx";
import { daysOf, LifetimeField, MakeKeyDialog } from "./keyDialogs.tsx";
import { ProjectsField, projectsOf } from "./ProjectsField.tsx";

export function ApiKeys({
  keys,
  scopes,
}: {
  readonly keys: readonly ApiKey[];
  readonly scopes: RoleTable["actions"];
}) {
  const may = useMay();
  return (
    <KeyCard
      noun="API key"
      path="/api/api-keys"
      keys={keys}
      about={({ scopes: given }) => given.join(", ")}
      projects={{
        id: "projects",
        head: "projects",
        isSecondary: true,
        cell: ({ projectIds }) => (projectIds === null ? "all" : projectIds.join(", ")),
      }}
      mayCreate
      // Somebody else's key speaks for somebody else: it can be ended, not made anew.
      actsOn={({ isYours }) => (isYours ? ["rotate", "revoke"] : may("api-keys:manage") ? ["revoke"] : [])}
      use={() => <ApiUse />}
      revoked="Programs that use it are refused from now on. That can't be taken back."
      empty="A program that reads from here brings one. It can never do more than the person who made it."
      newDialog={(onClose) => <NewApiKey scopes={scopes} onClose={onClose} />}
    />
  );
}

function NewApiKey({
  scopes,
  onClose,
}: {
  readonly scopes: RoleTable["actions"];
  readonly onClose: () => void;
}) {
  return (
    <MakeKeyDialog
      title="New API key"
      path="/api/api-keys"
      submit="Create the key"
      readBody={(form) => ({
        name: form.text("name"),
        scopes: form.texts("scopes"),
        projectIds: projectsOf(form),
        expiresInDays: daysOf(form.text("days")),
      })}
      use={() => <ApiUse />}
      onClose={onClose}
    >
      <Field
        label="Name"
        name="name"
        required
        maxLength={200}
        autocomplete="off"
        placeholder="nightly report"
      />
      <Checks
        legend="It may"
        name="scopes"
        options={scopes.map(({ name, text }) => ({ value: name, label: text }))}
        chosen={["telemetry:read"]}
      />
      <ProjectsField chosen={null} />
      <LifetimeField value="90" />
    </MakeKeyDialog>
  );
}

function ApiUse() {
  return (
    <p class="muted">
      Programs send it as <code>Authorization: Bearer …</code>.
    </p>
  );
}
