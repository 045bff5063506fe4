/** What tables of both kinds of keys have in common. */
import type { ApiKey, IngestKey, KeyState } from "@throughline/contract";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/Table.tsx";
import { Age, Time } from "../ui/Time.tsx";

type Key = IngestKey | ApiKey;

const STATES: Readonly<Record<KeyState, { readonly label: string; readonly tone: Tone }>> = {
  active: { label: "active", tone: "good" },
  expiring: { label: "ends soon", tone: "warn" },
  expired: { label: "expired", tone: "neutral" },
  revoked: { label: "revoked", tone: "neutral" },
  "without-maker": { label: "maker gone", tone: "bad" },
};

export const isAlive = ({ state }: Key): boolean => state === "active" || state === "expiring";

export function stateColumn<Row extends Key>(): Column<Row> {
  return {
    id: "state",
    head: "state",
    sortBy: ({ state }) => state,
    cell: ({ state, expiresAtMs, revokedAtMs }) => {
      const endMs = revokedAtMs ?? expiresAtMs;
      return (
        <>
          <Badge tone={STATES[state].tone}>{STATES[state].label}</Badge>
          {endMs === null ? null : (
            <small>
              {revokedAtMs === null ? (state === "expired" ? "since " : "until ") : ""}
              <Time ms={endMs} precision="minute" />
            </small>
          )}
        </>
      );
    },
  };
}

export function usedColumn<Row extends Key>(): Column<Row> {
  return {
    id: "used",
    head: "last used",
    align: "end",
    isSecondary: true,
    sortBy: ({ lastUsedAtMs }) => lastUsedAtMs,
    cell: ({ lastUsedAtMs }) =>
      lastUsedAtMs === null ? <span class="muted">never</span> : <Age ms={lastUsedAtMs} />,
  };
}

export function makerColumn<Row extends Key>(): Column<Row> {
  return {
    id: "maker",
    head: "made by",
    isSecondary: true,
    sortBy: ({ createdBy }) => createdBy,
    cell: ({ createdBy, createdAtMs }) => (
      <>
        {createdBy === "" ? <span class="muted">the start</span> : createdBy}
        <small>
          <Time ms={createdAtMs} precision="minute" />
        </small>
      </>
    ),
  };
}

export function actionsColumn<Row extends Key>(
  mayChange: (row: Row) => { readonly rotate: boolean; readonly revoke: boolean },
  onAct: (act: "rotate" | "revoke", row: Row) => void,
): Column<Row> {
  return {
    id: "actions",
    head: "actions",
    isHeadUnseen: true,
    align: "end",
    cell: (row) => {
      if (!isAlive(row)) return null;
      const { rotate, revoke } = mayChange(row);
      return (
        <div class="row-actions">
          {rotate ? (
            <Button kind="quiet" aria-label={`Rotate ${row.name}`} onClick={() => onAct("rotate", row)}>
              Rotate
            </Button>
          ) : null}
          {revoke ? (
            <Button kind="quiet" aria-label={`Revoke ${row.name}`} onClick={() => onAct("revoke", row)}>
              Revoke
            </Button>
          ) : null}
        </div>
      );
    },
  };
}
