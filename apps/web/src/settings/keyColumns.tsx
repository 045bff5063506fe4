/** What tables of both kinds of keys have in common. */
import type { ApiKey, IngestKey, KeyState } from "@throughline/contract";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/Table.tsx";
import { Age, Time } from "../ui/Time.tsx";

export type Key = IngestKey | ApiKey;

const STATES: Readonly<Record<KeyState, { readonly label: string; readonly tone: Tone }>> = {
  active: { label: "active", tone: "good" },
  expiring: { label: "ends soon", tone: "warn" },
  expired: { label: "expired", tone: "neutral" },
  revoked: { label: "revoked", tone: "neutral" },
  "without-maker": { label: "maker gone", tone: "bad" },
};

const isAlive = ({ state }: Key): boolean => state === "active" || state === "expiring";

/** Two keys that work at the same time, as one takes over from the other. */
interface Handover {
  /** Works on for a while. */
  readonly old: Key;
  readonly next: Key;
}

/** By the ids of both keys. A key is rotated once, and so is its successor. */
export function handoversOf(keys: readonly Key[]): ReadonlyMap<string, readonly Handover[]> {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const found = new Map<string, Handover[]>();
  for (const next of keys.filter(isAlive)) {
    const old = next.replaces === null ? undefined : byId.get(next.replaces);
    if (old === undefined || !isAlive(old)) continue;
    for (const { id } of [old, next]) found.set(id, [...(found.get(id) ?? []), { old, next }]);
  }
  return found;
}

export function stateColumn<Row extends Key>(handovers: ReturnType<typeof handoversOf>): Column<Row> {
  return {
    id: "state",
    head: "state",
    sortBy: ({ state }) => state,
    cell: ({ id, state, expiresAtMs, revokedAtMs }) => {
      const endMs = revokedAtMs ?? expiresAtMs;
      const own = handovers.get(id) ?? [];
      const next = own.find(({ old }) => old.id === id)?.next;
      const old = own.find((each) => each.next.id === id)?.old;
      const { label, tone } = next === undefined ? STATES[state] : HANDING_OVER;
      return (
        <>
          <Badge tone={tone}>{label}</Badge>
          {endMs === null ? null : (
            <small>
              {revokedAtMs === null ? (state === "expired" ? "since " : "until ") : ""}
              <Time ms={endMs} precision="minute" />
            </small>
          )}
          {next === undefined ? null : <small>then {next.prefix}…</small>}
          {old === undefined ? null : <small>beside {old.prefix}…</small>}
        </>
      );
    },
  };
}

const HANDING_OVER = { label: "hands over", tone: "warn" } as const;

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

export type KeyAct = "edit" | "rotate" | "revoke";
const ACT_LABELS: Readonly<Record<KeyAct, string>> = { edit: "Edit", rotate: "Rotate", revoke: "Revoke" };

export function actionsColumn<Row extends Key>(
  actsOn: (row: Row) => readonly KeyAct[],
  handovers: ReturnType<typeof handoversOf>,
  onAct: (act: KeyAct, row: Row) => void,
): Column<Row> {
  return {
    id: "actions",
    head: "actions",
    isHeadUnseen: true,
    align: "end",
    cell: (row) => {
      if (!isAlive(row)) return null;
      // What was rotated has handed over: its successor can be rotated.
      const isRotated = handovers.get(row.id)?.some(({ old }) => old.id === row.id) === true;
      return (
        <div class="row-actions">
          {actsOn(row).map((act) =>
            act === "rotate" && isRotated ? null : (
              <Button
                key={act}
                kind="quiet"
                aria-label={`${ACT_LABELS[act]} ${row.name}`}
                onClick={() => onAct(act, row)}
              >
                {ACT_LABELS[act]}
              </Button>
            ),
          )}
        </div>
      );
    },
  };
}
