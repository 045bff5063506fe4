import type { RoleTable } from "@throughline/contract";
import { Card } from "../ui/Card.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { ROLE_TEXT } from "./roleText.ts";

type Action = RoleTable["actions"][number];

/** The server's own table of actions, not a description of it. */
export function Roles({ table }: { readonly table: RoleTable }) {
  const columns: readonly Column<Action>[] = [
    {
      id: "action",
      head: "Action",
      isMain: true,
      cell: ({ name, text, isInstallation, needsReason }) => {
        const notes = [
          isInstallation ? "first organisation only" : "",
          needsReason ? "a reason is asked for" : "",
        ].filter(Boolean);
        return (
          <>
            <span title={text}>{text}</span>
            <small>{[name, ...notes].join(" · ")}</small>
          </>
        );
      },
    },
    ...table.roles.map((role): Column<Action> => ({
      id: role,
      head: ROLE_TEXT[role],
      cell: ({ roles }) =>
        roles[role] ? <span class="role-yes">yes</span> : <span class="role-no">no</span>,
    })),
  ];
  return (
    <Card title="What each role may do" isFlush class="roles">
      <Table
        caption="What each role may do"
        columns={columns}
        rows={table.actions.filter(({ isInUse }) => isInUse)}
        rowKey={({ name }) => name}
      />
    </Card>
  );
}
