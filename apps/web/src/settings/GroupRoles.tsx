/** Rows of a form: which group has which role. */
import type { Role, SsoProvider } from "@throughline/contract";
import { useId } from "preact/hooks";
import { Button } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import { ROLE_TEXT } from "./roleText.ts";

export interface GroupRow {
  /** Tells rows apart while both fields can change. */
  readonly key: number;
  readonly group: string;
  readonly role: Role;
}

let keys = 0;

export const groupRowsOf = (roleByGroup: SsoProvider["roleByGroup"]): readonly GroupRow[] =>
  roleByGroup.map((each) => ({ ...each, key: keys++ }));

/** Rows that were left empty are none. */
export const rolesByGroup = (rows: readonly GroupRow[]): SsoProvider["roleByGroup"] =>
  rows.map(({ group, role }) => ({ group: group.trim(), role })).filter(({ group }) => group !== "");

export function GroupRoles({
  rows,
  onChange,
}: {
  readonly rows: readonly GroupRow[];
  readonly onChange: (rows: readonly GroupRow[]) => void;
}) {
  const id = useId();
  const change = (row: GroupRow, part: Partial<GroupRow>): void =>
    onChange(rows.map((each) => (each.key === row.key ? { ...each, ...part } : each)));
  return (
    <fieldset class="group-roles">
      <legend>Roles by group</legend>
      {rows.map((row, index) => (
        <div key={row.key} class="group-role">
          <input
            type="text"
            aria-label={`Group ${index + 1}`}
            placeholder="group"
            maxLength={500}
            autocomplete="off"
            spellcheck={false}
            value={row.group}
            onInput={(event) => change(row, { group: event.currentTarget.value })}
          />
          <select
            aria-label={`Role of group ${index + 1}`}
            onChange={(event) => {
              const role = ROLES.find((each) => each === event.currentTarget.value);
              if (role !== undefined) change(row, { role });
            }}
          >
            {ROLES.map((role) => (
              <option key={role} value={role} selected={role === row.role}>
                {ROLE_TEXT[role]}
              </option>
            ))}
          </select>
          <Button
            kind="quiet"
            aria-label={`Remove group ${index + 1}`}
            onClick={() => onChange(rows.filter((each) => each.key !== row.key))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <Button
        aria-describedby={`${id}-hint`}
        onClick={() => onChange([...rows, { key: keys++, group: "", role: "VIEWER" }])}
      >
        Add a group
      </Button>
      <p id={`${id}-hint`} class="field-hint">
        Of several groups the highest role counts.
      </p>
    </fieldset>
  );
}

const ROLES = ["VIEWER", "ADMIN", "SUPER_ADMIN"] as const satisfies readonly Role[];
