import type { SessionList } from "@throughline/contract";
import { useState } from "preact/hooks";
import { ConfirmDialog } from "../settings/ConfirmDialog.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Age, Time } from "../ui/Time.tsx";

type Session = SessionList["sessions"][number];

/** Where one is signed in. The current one ends by signing out. */
export function Sessions({ sessions }: { readonly sessions: readonly Session[] }) {
  const [ending, setEnding] = useState<Session | "others" | null>(null);
  const close = (): void => setEnding(null);
  const columns: readonly Column<Session>[] = [
    {
      id: "device",
      head: "Browser",
      isMain: true,
      cell: ({ userAgent, address, isCurrent }) => (
        <>
          <span title={userAgent}>{browserOf(userAgent)}</span>{" "}
          {isCurrent ? <Badge tone="accent">this one</Badge> : null}
          <small>{address}</small>
        </>
      ),
    },
    {
      id: "since",
      head: "signed in",
      isSecondary: true,
      sortBy: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <Time ms={createdAtMs} precision="minute" />,
    },
    {
      id: "expires",
      head: "ends",
      isSecondary: true,
      sortBy: ({ expiresAtMs }) => expiresAtMs,
      cell: ({ expiresAtMs }) => <Time ms={expiresAtMs} precision="minute" />,
    },
    {
      id: "seen",
      head: "last seen",
      align: "end",
      sortBy: ({ lastSeenAtMs }) => lastSeenAtMs,
      cell: ({ lastSeenAtMs }) => <Age ms={lastSeenAtMs} />,
    },
    {
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      cell: (row) =>
        row.isCurrent ? null : (
          <div class="row-actions">
            <Button
              kind="quiet"
              aria-label={`Sign out ${browserOf(row.userAgent)}, ${row.address}`}
              onClick={() => setEnding(row)}
            >
              Sign out
            </Button>
          </div>
        ),
    },
  ];
  return (
    <Card
      title="Sessions"
      isFlush
      aside={
        sessions.length > 1 ? (
          <Button onClick={() => setEnding("others")}>Sign out all others</Button>
        ) : undefined
      }
    >
      <Table caption="Sessions" columns={columns} rows={sessions} rowKey={({ id }) => id} />
      {ending === null ? null : (
        <ConfirmDialog
          title={ending === "others" ? "Sign out all other sessions?" : "Sign out this session?"}
          submit="Sign out"
          method="DELETE"
          path={
            ending === "others" ? "/api/me/sessions" : `/api/me/sessions/${encodeURIComponent(ending.id)}`
          }
          done="Signed out."
          onClose={close}
        >
          <p class="muted">
            {ending === "others"
              ? "Every browser but this one has to sign in again."
              : `${browserOf(ending.userAgent)} at ${ending.address} has to sign in again.`}
          </p>
        </ConfirmDialog>
      )}
    </Card>
  );
}

/** "Firefox on Linux": enough to tell one's own apart; the whole text is shown on hover. */
function browserOf(userAgent: string): string {
  // In this order: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)[/ ]/.exec(
    userAgent.replace(/Chrome\/\S+ Safari\/\S+ (?=Edg|OPR)/, ""),
  )?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS|Linux)/.exec(userAgent)?.[1];
  const names: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera", "Mac OS": "macOS" };
  const known = [browser, system].flatMap((name) => (name === undefined ? [] : [names[name] ?? name]));
  return known.length === 0 ? userAgent.slice(0, 40) || "unknown" : known.join(" on ");
}
