import type { Invitation } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useMay } from "../data/appState.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { ROLE_TEXT } from "./roleText.ts";

/** Nothing at all while nobody is invited. */
export function Invitations({ invitations }: { readonly invitations: readonly Invitation[] }) {
  const mayWrite = useMay()("members:write");
  const [open, setOpen] = useState<Invitation | null>(null);
  const close = (): void => setOpen(null);
  if (invitations.length === 0) return null;
  const columns: readonly Column<Invitation>[] = [
    {
      id: "email",
      head: "Invited",
      isMain: true,
      sortBy: ({ email }) => email,
      cell: ({ email, invitedBy }) => (
        <>
          <span title={email}>{email}</span>
          <small>by {invitedBy === "" ? "an API key" : invitedBy}</small>
        </>
      ),
    },
    { id: "role", head: "role", sortBy: ({ role }) => role, cell: ({ role }) => ROLE_TEXT[role] },
    {
      id: "expires",
      head: "link ends",
      isSecondary: true,
      sortBy: ({ expiresAtMs }) => expiresAtMs,
      cell: ({ expiresAtMs, isExpired }) =>
        isExpired ? <Badge tone="warn">ended</Badge> : <Time ms={expiresAtMs} precision="minute" />,
    },
    ...(mayWrite
      ? [
          {
            id: "actions",
            head: "actions",
            isHeadUnseen: true,
            align: "end",
            cell: (row) => (
              <div class="row-actions">
                <Button
                  kind="quiet"
                  aria-label={`Take back the invitation of ${row.email}`}
                  onClick={() => setOpen(row)}
                >
                  Take back
                </Button>
              </div>
            ),
          } satisfies Column<Invitation>,
        ]
      : []),
  ];
  return (
    <Card title="Open invitations" isFlush>
      <Table caption="Open invitations" columns={columns} rows={invitations} rowKey={({ id }) => id} />
      {open === null ? null : (
        <ConfirmDialog
          title={`Take back the invitation of ${open.email}?`}
          submit="Take back"
          method="DELETE"
          path={`/api/invitations/${open.id}`}
          done="The link does not work any more."
          onClose={close}
        >
          <p class="muted">The link stops working. A new one can be made.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
