import type { ApiKey, RoleTable } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useApp, useMay } from "../data/appState.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Checks, Choice, Field } from "../ui/Field.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { actionsColumn, makerColumn, stateColumn, usedColumn } from "./keyColumns.tsx";
import { daysOf, LifetimeField, MakeKeyDialog, RevokeKeyDialog, RotateKeyDialog } from "./keyDialogs.tsx";

type Open = { readonly act: "rotate" | "revoke"; readonly row: ApiKey } | { readonly act: "create" };

export function ApiKeys({
  keys,
  scopes,
}: {
  readonly keys: readonly ApiKey[];
  readonly scopes: RoleTable["actions"];
}) {
  const may = useMay();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const columns: readonly Column<ApiKey>[] = [
    {
      id: "name",
      head: "Key",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ name, prefix, scopes: given }) => (
        <>
          <span title={name}>{name}</span>
          <small title={given.join(", ")}>
            <code>{prefix}…</code> · {given.join(", ")}
          </small>
        </>
      ),
    },
    {
      id: "projects",
      head: "projects",
      isSecondary: true,
      cell: ({ projectIds }) => (projectIds === null ? "all" : projectIds.join(", ")),
    },
    makerColumn(),
    usedColumn(),
    stateColumn(),
    actionsColumn<ApiKey>(
      // Somebody else's key speaks for somebody else: it can be ended, not made anew.
      ({ isYours }) => ({ rotate: isYours, revoke: isYours || may("api-keys:manage") }),
      (act, row) => setOpen({ act, row }),
    ),
  ];
  return (
    <Card
      title="API keys"
      isFlush
      aside={<Button onClick={() => setOpen({ act: "create" })}>New API key</Button>}
    >
      {keys.length === 0 ? (
        <EmptyState title="No API key yet">
          A program that reads from here brings one. It can never do more than the person who made it.
        </EmptyState>
      ) : (
        <Table caption="API keys" columns={columns} rows={keys} rowKey={({ id }) => id} />
      )}
      {open?.act === "create" ? <NewApiKey scopes={scopes} onClose={close} /> : null}
      {open?.act === "rotate" ? (
        <RotateKeyDialog
          keyPath={`/api/api-keys/${open.row.id}`}
          name={open.row.name}
          use={() => <ApiUse />}
          onClose={close}
        />
      ) : null}
      {open?.act === "revoke" ? (
        <RevokeKeyDialog
          keyPath={`/api/api-keys/${open.row.id}`}
          name={open.row.name}
          effect="Programs that use it are refused from now on. That can't be taken back."
          onClose={close}
        />
      ) : null}
    </Card>
  );
}

function NewApiKey({
  scopes,
  onClose,
}: {
  readonly scopes: RoleTable["actions"];
  readonly onClose: () => void;
}) {
  const { projects } = useApp();
  const [isAll, setAll] = useState(true);
  return (
    <MakeKeyDialog
      title="New API key"
      path="/api/api-keys"
      submit="Create the key"
      readBody={({ text, texts }) => ({
        name: text("name"),
        scopes: texts("scopes"),
        projectIds: isAll ? null : texts("projectIds"),
        expiresInDays: daysOf(text("days")),
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
      <Choice
        label="Projects"
        name="limit"
        options={ALL_OR_SOME}
        value="all"
        onChoose={(value) => setAll(value === "all")}
      />
      {isAll ? null : (
        <Checks
          legend="These projects"
          name="projectIds"
          options={projects.value.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={[]}
        />
      )}
      <LifetimeField value="90" />
    </MakeKeyDialog>
  );
}

const ALL_OR_SOME = [
  { value: "all", label: "all" },
  { value: "some", label: "only some" },
] as const;

function ApiUse() {
  return (
    <p class="muted">
      Programs send it as <code>Authorization: Bearer …</code>.
    </p>
  );
}
