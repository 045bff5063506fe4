import type { Member, Role } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useMay } from "../data/appState.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Checks, Choice } from "../ui/Field.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { ConfirmDialog, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { InviteDialog, ResetLinkDialog } from "./linkDialogs.tsx";
import { ProjectsField, projectsOf } from "./ProjectsField.tsx";
import { ROLE_OPTIONS, ROLE_TEXT } from "./roleText.ts";

type Open =
  | { readonly act: "change" | "remove" | "reset"; readonly row: Member }
  | { readonly act: "invite" };

export function Members({ members }: { readonly members: readonly Member[] }) {
  const mayWrite = useMay()("members:write");
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const columns: readonly Column<Member>[] = [
    {
      id: "name",
      head: "Person",
      isMain: true,
      sortBy: ({ name }) => name,
      cell: ({ name, email, isYou }) => (
        <>
          {name} {isYou ? <Badge tone="accent">you</Badge> : null}
          <small title={email}>{email}</small>
        </>
      ),
    },
    {
      id: "role",
      head: "role",
      sortBy: ({ role }) => role,
      cell: ({ role, projectIds }) => (
        <>
          {ROLE_TEXT[role]}
          {projectIds === null ? null : (
            <small title={projectIds.join(", ")}>
              {projectIds.length === 1 ? projectIds[0] : `${projectIds.length} projects`}
            </small>
          )}
        </>
      ),
    },
    {
      id: "factor",
      head: "second factor",
      isSecondary: true,
      cell: ({ hasTwoFactor, hasPasskey }) => {
        const factors = [hasTwoFactor ? "app" : "", hasPasskey ? "passkey" : ""].filter(Boolean);
        return factors.length === 0 ? <span class="muted">none</span> : factors.join(", ");
      },
    },
    {
      id: "seen",
      head: "last seen",
      align: "end",
      isSecondary: true,
      sortBy: ({ lastSeenAtMs }) => lastSeenAtMs,
      cell: ({ lastSeenAtMs }) =>
        lastSeenAtMs === null ? <span class="muted">never</span> : <Age ms={lastSeenAtMs} />,
    },
    ...(mayWrite ? [actions((act, row) => setOpen({ act, row }))] : []),
  ];
  return (
    <Card
      title="Members"
      isFlush
      aside={mayWrite ? <Button onClick={() => setOpen({ act: "invite" })}>Invite</Button> : undefined}
    >
      <Table caption="Members" columns={columns} rows={members} rowKey={({ userId }) => userId} />
      {open?.act === "invite" ? <InviteDialog onClose={close} /> : null}
      {open?.act === "change" ? <ChangeDialog member={open.row} onClose={close} /> : null}
      {open?.act === "remove" ? <RemoveDialog member={open.row} onClose={close} /> : null}
      {open?.act === "reset" ? (
        <ResetLinkDialog userId={open.row.userId} name={open.row.name} onClose={close} />
      ) : null}
    </Card>
  );
}

function actions(onAct: (act: "change" | "remove" | "reset", row: Member) => void): Column<Member> {
  return {
    id: "actions",
    head: "actions",
    isHeadUnseen: true,
    align: "end",
    cell: (row) => (
      <div class="row-actions">
        <Button kind="quiet" aria-label={`Change ${row.name}`} onClick={() => onAct("change", row)}>
          Change
        </Button>
        {row.isYou ? null : (
          <>
            <Button
              kind="quiet"
              aria-label={`Reset link for ${row.name}`}
              onClick={() => onAct("reset", row)}
            >
              Reset link
            </Button>
            <Button kind="quiet" aria-label={`Remove ${row.name}`} onClick={() => onAct("remove", row)}>
              Remove
            </Button>
          </>
        )}
      </div>
    ),
  };
}

function ChangeDialog({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  const [role, setRole] = useState<Role>(member.role);
  return (
    <ConfirmDialog
      title={`Change ${member.name}`}
      submit="Save"
      method="PATCH"
      path={`/api/members/${encodeURIComponent(member.userId)}`}
      readBody={(form) => ({ role, projectIds: projectsOf(form), ...whyOf(form) })}
      done={`${member.name} is changed.`}
      onClose={onClose}
    >
      <Choice label="Role" name="role" options={ROLE_OPTIONS} value={role} onChoose={setRole} />
      {/* Others see all projects; the server refuses limits for them. */}
      {role === "VIEWER" ? <ProjectsField chosen={member.projectIds} /> : null}
      <WhyField />
    </ConfirmDialog>
  );
}

function RemoveDialog({ member, onClose }: { readonly member: Member; readonly onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Remove ${member.name}?`}
      submit="Remove"
      method="DELETE"
      path={`/api/members/${encodeURIComponent(member.userId)}`}
      readBody={(form) => ({ deletePerson: form.texts("deletePerson").length > 0, ...whyOf(form) })}
      done={`${member.name} is removed.`}
      onClose={onClose}
    >
      <p class="muted">
        {member.email} sees nothing of this organisation any more, and API keys made by this person stop
        working.
      </p>
      <Checks
        legend="Account"
        name="deletePerson"
        options={[{ value: "yes", label: "Delete it too, if this is the only organisation" }]}
        chosen={[]}
      />
      <WhyField />
    </ConfirmDialog>
  );
}
