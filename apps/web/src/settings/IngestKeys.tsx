import type { IngestKey } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useApp, useMay } from "../data/appState.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Code } from "../ui/Code.tsx";
import { Choice, Field } from "../ui/Field.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { actionsColumn, makerColumn, stateColumn, usedColumn } from "./keyColumns.tsx";
import { daysOf, LifetimeField, MakeKeyDialog, RevokeKeyDialog, RotateKeyDialog } from "./keyDialogs.tsx";

type Open = { readonly act: "rotate" | "revoke"; readonly row: IngestKey } | { readonly act: "create" };

const KINDS = [
  { value: "server", label: "server: secret, for services" },
  { value: "browser", label: "browser: public, for named sites only" },
] as const;

export function IngestKeys({ keys }: { readonly keys: readonly IngestKey[] }) {
  const mayWrite = useMay()("ingest-keys:write");
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const columns: readonly Column<IngestKey>[] = [
    {
      id: "name",
      head: "Key",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ name, prefix, kind, allowedOrigins }) => (
        <>
          <span title={name}>{name}</span>
          <small>
            <code>{prefix}…</code> · {kind}
            {allowedOrigins.length === 0 ? "" : ` · ${allowedOrigins.join(", ")}`}
          </small>
        </>
      ),
    },
    {
      id: "project",
      head: "project",
      isSecondary: true,
      sortBy: ({ projectId }) => projectId,
      cell: ({ projectId }) => projectId,
    },
    makerColumn(),
    usedColumn(),
    stateColumn(),
    ...(mayWrite
      ? [
          actionsColumn<IngestKey>(
            () => ({ rotate: true, revoke: true }),
            (act, row) => setOpen({ act, row }),
          ),
        ]
      : []),
  ];
  return (
    <Card
      title="Ingest keys"
      isFlush
      aside={
        mayWrite ? <Button onClick={() => setOpen({ act: "create" })}>New ingest key</Button> : undefined
      }
    >
      {keys.length === 0 ? (
        <EmptyState title="No ingest key yet">
          Programs on this machine send without one. From elsewhere a key says which project the data is for.
        </EmptyState>
      ) : (
        <Table caption="Ingest keys" columns={columns} rows={keys} rowKey={({ id }) => id} />
      )}
      {open?.act === "create" ? <NewIngestKey onClose={close} /> : null}
      {open?.act === "rotate" ? (
        <RotateKeyDialog
          keyPath={`/api/ingest-keys/${open.row.id}`}
          name={open.row.name}
          use={(key) => <IngestUse secret={key} />}
          onClose={close}
        />
      ) : null}
      {open?.act === "revoke" ? (
        <RevokeKeyDialog
          keyPath={`/api/ingest-keys/${open.row.id}`}
          name={open.row.name}
          effect="What is sent with it is refused from now on. That can't be taken back; a new key can be made."
          onClose={close}
        />
      ) : null}
    </Card>
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
        allowedOrigins:
          kind === "browser"
            ? text("origins")
                .split(/[\s,]+/)
                .filter(Boolean)
            : [],
        expiresInDays: daysOf(text("days")),
      })}
      use={(key) => <IngestUse secret={key} />}
      onClose={onClose}
    >
      <Field
        label="Name"
        name="name"
        required
        maxLength={200}
        autocomplete="off"
        placeholder="shop in production"
      />
      <Choice
        label="Project"
        name="projectId"
        options={projects.value.map(({ id, name }) => ({ value: id, label: name }))}
        value={projects.value[0]?.id ?? ""}
      />
      <Choice label="Kind" name="kind" options={KINDS} value={kind} onChoose={setKind} />
      {kind === "browser" ? (
        <Field
          label="Sites"
          name="origins"
          required
          autocomplete="off"
          placeholder="https://shop.example https://*.shop.example"
          hint="Only pages of these sites may send with it."
        />
      ) : null}
      <LifetimeField value="" />
    </MakeKeyDialog>
  );
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
