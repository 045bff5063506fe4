import type { IngestKey } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useApp, useMay } from "../data/appState.ts";
import { Code } from "../ui/Code.tsx";
import { Choice, Field } from "../ui/Field.tsx";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { KeyCard } from "./KeyCard.tsx";
import { daysOf, LifetimeField, MakeKeyDialog } from "./keyDialogs.tsx";

const KINDS = [
  { value: "server", label: "server: secret, for services" },
  { value: "browser", label: "browser: public, for named sites only" },
] as const;

export function IngestKeys({ keys }: { readonly keys: readonly IngestKey[] }) {
  const mayWrite = useMay()("ingest-keys:write");
  return (
    <KeyCard
      noun="ingest key"
      path="/api/ingest-keys"
      keys={keys}
      about={({ kind, allowedOrigins }) => [kind, allowedOrigins.join(", ")].filter(Boolean).join(" · ")}
      projects={{
        id: "project",
        head: "project",
        isSecondary: true,
        sortBy: ({ projectId }) => projectId,
        cell: ({ projectId }) => projectId,
      }}
      mayCreate={mayWrite}
      actsOn={() => (mayWrite ? ["edit", "rotate", "revoke"] : [])}
      use={(key) => <IngestUse secret={key} />}
      revoked="What is sent with it is refused from now on. That can't be taken back; a new key can be made."
      empty="Programs on this machine send without one. From elsewhere a key says which project the data is for."
      newDialog={(onClose) => <NewIngestKey onClose={onClose} />}
      editDialog={(row, onClose) => <EditIngestKey row={row} onClose={onClose} />}
    />
  );
}

function NewIngestKey({ onClose }: { readonly onClose: () => void }) {
  const { projects } = useApp();
  const [kind, setKind] = useState<"server" | "browser">("server");
  return (
    <MakeKeyDialog
      title="New ingest key"
      path="/api/ingest-keys"
      submit="Create the key"
      readBody={({ text }) => ({
        name: text("name"),
        projectId: text("projectId"),
        kind,
        allowedOrigins: originsOf(text("origins")),
        expiresInDays: daysOf(text("days")),
      })}
      use={(key) => <IngestUse secret={key} />}
      onClose={onClose}
    >
      <NameField />
      <Choice
        label="Project"
        name="projectId"
        options={projects.value.map(({ id, name }) => ({ value: id, label: name }))}
        value={projects.value[0]?.id ?? ""}
      />
      <Choice label="Kind" name="kind" options={KINDS} value={kind} onChoose={setKind} />
      {kind === "browser" ? <SitesField origins={[]} /> : null}
      <LifetimeField value="" />
    </MakeKeyDialog>
  );
}

/** The name, and the sites of a browser key; kind and project stay as long as the key does. */
function EditIngestKey({ row, onClose }: { readonly row: IngestKey; readonly onClose: () => void }) {
  const isBrowser = row.kind === "browser";
  return (
    <ConfirmDialog
      title={`Edit ${row.name}`}
      submit="Save"
      method="PATCH"
      path={`/api/ingest-keys/${row.id}`}
      readBody={({ text }) => ({
        name: text("name"),
        ...(isBrowser ? { allowedOrigins: originsOf(text("origins")) } : {}),
      })}
      done="The key is changed."
      onClose={onClose}
    >
      <NameField name={row.name} />
      {isBrowser ? <SitesField origins={row.allowedOrigins} /> : null}
    </ConfirmDialog>
  );
}

function NameField({ name }: { readonly name?: string }) {
  return (
    <Field
      label="Name"
      name="name"
      required
      maxLength={200}
      autocomplete="off"
      placeholder="shop in production"
      {...(name === undefined ? {} : { defaultValue: name })}
    />
  );
}

function SitesField({ origins }: { readonly origins: readonly string[] }) {
  return (
    <Field
      label="Sites"
      name="origins"
      required
      autocomplete="off"
      placeholder="https://shop.example https://*.shop.example"
      defaultValue={origins.join(" ")}
      hint="Only pages of these sites may send with it."
    />
  );
}

/** As people write lists: with blanks, commas, or both. */
function originsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Without links: whoever follows one loses the key. */
function IngestUse({ secret }: { readonly secret: string }) {
  const { installation } = useApp();
  return (
    <>
      <p class="muted">For every OpenTelemetry SDK; the help page has more ways to connect:</p>
      <Code
        label="Environment of the service"
        text={`OTEL_EXPORTER_OTLP_ENDPOINT=${installation.otlpHttpUrl}\nOTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20${secret}`}
      />
    </>
  );
}
