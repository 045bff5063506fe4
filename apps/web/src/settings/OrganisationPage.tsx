/** The organisation itself: its name, its projects, further organisations, and its end. */
import type { MadeTenant, Tenant } from "@throughline/contract";
import { useEffect, useState } from "preact/hooks";
import { sendApi } from "../data/api.ts";
import { useApp, useMay } from "../data/appState.ts";
import { enterOrganisation } from "../data/organisation.ts";
import { refreshProjects } from "../data/projects.ts";
import { useSend } from "../data/useSend.ts";
import type { PageProps } from "../page.ts";
import { toOrganisation } from "../paths.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, FormProblem, readForm } from "../ui/Field.tsx";
import { Time } from "../ui/Time.tsx";
import { ConfirmDialog, FormEnd, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { ConfirmField, counted, GoneList } from "./GoneList.tsx";
import { Projects } from "./Projects.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";

export function OrganisationPage({ data }: PageProps<Tenant>) {
  const app = useApp();
  const may = useMay();
  const tenant = data.value;
  // The switcher's list came with the document: what is changed here is in it too.
  useEffect(() => void refreshProjects(app), [app, tenant]);
  return (
    <div class="stack">
      <SettingsTabs />
      <Card title="Organisation">
        {may("tenant:write") ? <NameForm key={tenant.name} name={tenant.name} /> : <p>{tenant.name}</p>}
        <dl class="about">
          <dt>Since</dt>
          <dd>
            <Time ms={tenant.createdAtMs} precision="minute" />
          </dd>
          <dt>Members</dt>
          <dd>{tenant.members}</dd>
          <dt>Id</dt>
          <dd>
            <code>{tenant.id}</code>
          </dd>
        </dl>
      </Card>
      <Projects projects={tenant.projects} />
      {may("tenants:create") ? <FurtherOrganisation /> : null}
      {may("tenant:delete") ? <End tenant={tenant} /> : null}
    </div>
  );
}

function NameForm({ name }: { readonly name: string }) {
  const { isSending, problem, send } = useSend();
  const save = async (event: SubmitEvent): Promise<void> => {
    const answer = await send("PATCH", "/api/tenant", { name: readForm(event).text("name") });
    // The name stands in the menu too: a new document.
    if (answer?.problem === null) location.reload();
  };
  return (
    <form class="form" onSubmit={(event) => void save(event)}>
      <Field label="Name" name="name" required maxLength={200} autocomplete="off" defaultValue={name} />
      <FormProblem problem={problem.value} />
      <div class="form-buttons">
        <Button type="submit" disabled={isSending.value}>
          Rename
        </Button>
      </div>
    </form>
  );
}

function FurtherOrganisation() {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title="Further organisations">
      <p class="muted card-text">
        With members, projects and keys of its own: nothing of one is seen in another. You look after it
        first.
      </p>
      <Button onClick={() => setOpen(true)}>New organisation</Button>
      {isOpen ? <NewOrganisation onClose={() => setOpen(false)} /> : null}
    </Card>
  );
}

function NewOrganisation({ onClose }: { readonly onClose: () => void }) {
  const sending = useSend();
  const create = async (event: SubmitEvent): Promise<void> => {
    const name = readForm(event).text("name");
    await sending.run(async () => {
      const answer = await sendApi("POST", "/api/tenants", { name });
      if (answer.problem !== null) return answer;
      const { tenantId } = answer.data as MadeTenant;
      return await enterOrganisation(tenantId, toOrganisation(new URLSearchParams()));
    });
  };
  return (
    <Dialog title="New organisation" onClose={onClose}>
      <form class="form" onSubmit={(event) => void create(event)}>
        <Field label="Name" name="name" required maxLength={200} autocomplete="off" placeholder="Acme" />
        <FormEnd sending={sending} submit="Create and go there" onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function End({ tenant }: { readonly tenant: Tenant }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title="Delete the organisation">
      {tenant.isFirst ? (
        <p class="muted card-text">
          This is the installation's first organisation: it stays as long as the installation does.
        </p>
      ) : (
        <>
          <p class="muted card-text">With everything it stores. That can't be taken back.</p>
          <Button kind="danger" onClick={() => setOpen(true)}>
            Delete {tenant.name}
          </Button>
        </>
      )}
      {isOpen ? <DeleteDialog tenant={tenant} onClose={() => setOpen(false)} /> : null}
    </Card>
  );
}

function DeleteDialog({ tenant, onClose }: { readonly tenant: Tenant; readonly onClose: () => void }) {
  const keys = tenant.projects.reduce((sum, { ingestKeys }) => sum + ingestKeys, 0);
  return (
    <ConfirmDialog
      title={`Delete ${tenant.name}?`}
      kind="danger"
      submit="Delete the organisation"
      method="DELETE"
      path="/api/tenant"
      readBody={(form) => ({ name: form.text("confirm"), ...whyOf(form) })}
      done="The organisation is deleted."
      onDone={() => location.assign("/")}
      onClose={onClose}
    >
      <GoneList>
        <li>
          {counted(tenant.projects.length, "project")} with all traces, logs and metrics:{" "}
          {tenant.projects.map(({ id }) => id).join(", ")}
        </li>
        <li>
          {keys === 0 ? "" : `${counted(keys, "ingest key")}, and `}all API keys: whoever uses them is refused
        </li>
        <li>its audit log and open invitations</li>
      </GoneList>
      <p class="muted">
        The accounts of its {counted(tenant.members, "member")} stay: they are the people's own.
      </p>
      <ConfirmField what={tenant.name} />
      <WhyField required />
    </ConfirmDialog>
  );
}
