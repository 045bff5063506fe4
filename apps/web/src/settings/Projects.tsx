import type { Tenant } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useApp, useMay } from "../data/appState.ts";
import { toOrganisation, toProject } from "../paths.ts";
import { StatusDot } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Field } from "../ui/Field.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Age, Time } from "../ui/Time.tsx";
import { ConfirmDialog, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { ConfirmField, counted, GoneList } from "./GoneList.tsx";

type Project = Tenant["projects"][number];
type Open = { readonly act: "rename" | "delete"; readonly row: Project } | { readonly act: "create" };

export function Projects({ projects }: { readonly projects: readonly Project[] }) {
  const may = useMay();
  const columns = useColumns(may("projects:delete"), (act, row) => setOpen({ act, row }));
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  return (
    <Card
      title="Projects"
      isFlush
      aside={<Button onClick={() => setOpen({ act: "create" })}>New project</Button>}
    >
      <Table caption="Projects" columns={columns} rows={projects} rowKey={({ id }) => id} />
      {open?.act === "create" ? <NewDialog onClose={close} /> : null}
      {open?.act === "rename" ? <RenameDialog project={open.row} onClose={close} /> : null}
      {open?.act === "delete" ? <DeleteDialog project={open.row} onClose={close} /> : null}
    </Card>
  );
}

function useColumns(
  mayDelete: boolean,
  onAct: (act: "rename" | "delete", row: Project) => void,
): readonly Column<Project>[] {
  const { projects: known, view } = useApp();
  return [
    {
      id: "name",
      head: "Project",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ id, name }) => (
        <>
          <a class="link" href={toProject(id, view.value.search)} title={name}>
            {name}
          </a>
          <small>
            <code>{id}</code>
          </small>
        </>
      ),
    },
    {
      id: "data",
      head: "data",
      cell: ({ id }) => {
        const lastSeenMs = known.value.find((each) => each.id === id)?.lastSeenMs ?? null;
        return lastSeenMs === null ? (
          <span class="muted">none yet</span>
        ) : (
          <>
            <StatusDot tone="good" /> <Age ms={lastSeenMs} />
          </>
        );
      },
    },
    {
      id: "keys",
      head: "ingest keys",
      align: "end",
      isSecondary: true,
      sortBy: ({ ingestKeys }) => ingestKeys,
      cell: ({ ingestKeys }) => ingestKeys,
    },
    {
      id: "since",
      head: "since",
      isSecondary: true,
      sortBy: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <Time ms={createdAtMs} precision="minute" />,
    },
    {
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      cell: (row) => (
        <div class="row-actions">
          <Button kind="quiet" aria-label={`Rename ${row.name}`} onClick={() => onAct("rename", row)}>
            Rename
          </Button>
          {mayDelete ? (
            <Button
              kind="quiet"
              aria-label={`Delete ${row.name}`}
              disabled={row.isPermanent}
              title={row.isPermanent ? "The installation's own project stays." : undefined}
              onClick={() => onAct("delete", row)}
            >
              Delete
            </Button>
          ) : null}
        </div>
      ),
    },
  ];
}

function NewDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <ConfirmDialog
      title="New project"
      submit="Create the project"
      method="POST"
      path="/api/projects"
      readBody={({ text }) => ({ name: text("name"), id: text("id") })}
      done="The project is there: make an ingest key for it next."
      onClose={onClose}
    >
      <NameField />
      <Field
        label="Id"
        name="id"
        required
        maxLength={63}
        autocomplete="off"
        spellcheck={false}
        placeholder="shop"
        hint="Stands in addresses and stays as it is: lower-case letters, digits, hyphens."
      />
    </ConfirmDialog>
  );
}

function RenameDialog({ project, onClose }: { readonly project: Project; readonly onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Rename ${project.name}`}
      submit="Save"
      method="PATCH"
      path={pathOf(project)}
      readBody={({ text }) => ({ name: text("name") })}
      done="The project has its new name."
      onClose={onClose}
    >
      <NameField name={project.name} />
    </ConfirmDialog>
  );
}

function NameField({ name = "" }: { readonly name?: string }) {
  return (
    <Field
      label="Name"
      name="name"
      required
      maxLength={200}
      autocomplete="off"
      placeholder="Shop"
      defaultValue={name}
    />
  );
}

function DeleteDialog({ project, onClose }: { readonly project: Project; readonly onClose: () => void }) {
  const { view, navigate, refetch } = useApp();
  const { id, name, ingestKeys } = project;
  return (
    <ConfirmDialog
      title={`Delete ${name}?`}
      kind="danger"
      submit="Delete the project"
      method="DELETE"
      path={pathOf(project)}
      readBody={(form) => ({ id: form.text("confirm"), ...whyOf(form) })}
      done={`${name} is deleted; its data is erased within minutes.`}
      onDone={() => {
        // An address that names it leads nowhere now.
        const isShown = view.value.search.get("project") === id;
        void (isShown ? navigate(toOrganisation(new URLSearchParams())) : refetch());
      }}
      onClose={onClose}
    >
      <GoneList>
        <li>all its traces, logs and metrics</li>
        {ingestKeys === 0 ? null : (
          <li>{counted(ingestKeys, "ingest key")}: what is sent with them is refused</li>
        )}
        <li>its place among the projects that viewers and API keys are limited to</li>
      </GoneList>
      <ConfirmField what={id} />
      <WhyField required />
    </ConfirmDialog>
  );
}

const pathOf = ({ id }: Project): string => `/api/projects/${encodeURIComponent(id)}`;
