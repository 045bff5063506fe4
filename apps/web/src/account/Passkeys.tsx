/** Passkeys: a device's own lock instead of password and code. */
import type { Account } from "@throughline/contract";
import { useEffect, useState } from "preact/hooks";
import { addPasskey, canUsePasskeys } from "../access/passkeys.ts";
import { SignOutButton } from "../access/SignOutButton.tsx";
import { useApp } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { ConfirmDialog, FormEnd } from "../settings/ConfirmDialog.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Field, readForm } from "../ui/Field.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { showToast } from "../ui/Toast.tsx";

/** Opens the dialog that adds one. */
const ADD_HASH = "#add-passkey";

type Passkey = Account["passkeys"][number];
type Open = { readonly act: "rename" | "remove"; readonly row: Passkey } | { readonly act: "add" };

export function Passkeys({ passkeys }: { readonly passkeys: readonly Passkey[] }) {
  const hindrance = useHindrance();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  useEffect(() => {
    // Whoever was sent to sign in again goes on where they were.
    if (location.hash !== ADD_HASH) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    setOpen({ act: "add" });
  }, []);
  return (
    <Card
      title="Passkeys"
      isFlush
      aside={
        hindrance === null ? (
          <Button onClick={() => setOpen({ act: "add" })}>Add a passkey</Button>
        ) : undefined
      }
    >
      {passkeys.length === 0 ? (
        <EmptyState title="No passkey yet">
          {hindrance ??
            "Sign in with a fingerprint, a face or a PIN of your device: nothing to type, nothing to steal."}
        </EmptyState>
      ) : (
        <>
          <Table
            caption="Passkeys"
            columns={columnsFor((act, row) => setOpen({ act, row }))}
            rows={passkeys}
            rowKey={({ id }) => id}
          />
          {hindrance === null ? null : <p class="muted passkeys-note">{hindrance}</p>}
        </>
      )}
      {open?.act === "add" ? <AddDialog onClose={close} /> : null}
      {open?.act === "rename" ? <RenameDialog row={open.row} onClose={close} /> : null}
      {open?.act === "remove" ? <RemoveDialog row={open.row} onClose={close} /> : null}
    </Card>
  );
}

/** Why none can be added here and now, in a sentence; null when one can. */
function useHindrance(): string | null {
  const { session } = useApp();
  const [isAble, setAble] = useState(true);
  useEffect(() => setAble(canUsePasskeys()), []);
  if (session?.canPasskey !== true)
    return "Browsers offer passkeys over https, under the address in THROUGHLINE_PUBLIC_URL, and on http://localhost.";
  return isAble ? null : "This browser is too old for passkeys.";
}

const nameOf = ({ name }: Passkey): string => (name === "" ? "Passkey" : name);

function columnsFor(onAct: (act: "rename" | "remove", row: Passkey) => void): readonly Column<Passkey>[] {
  return [
    {
      id: "name",
      head: "Passkey",
      isMain: true,
      sortBy: nameOf,
      cell: (row) => (
        <>
          <span title={nameOf(row)}>{nameOf(row)}</span>
          <small>{row.isBackedUp ? "on all your devices of its maker" : "on one device only"}</small>
        </>
      ),
    },
    {
      id: "since",
      head: "added",
      isSecondary: true,
      sortBy: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => (createdAtMs === null ? "" : <Time ms={createdAtMs} precision="minute" />),
    },
    {
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      cell: (row) => (
        <div class="row-actions">
          <Button kind="quiet" aria-label={`Rename ${nameOf(row)}`} onClick={() => onAct("rename", row)}>
            Rename
          </Button>
          <Button kind="quiet" aria-label={`Remove ${nameOf(row)}`} onClick={() => onAct("remove", row)}>
            Remove
          </Button>
        </div>
      ),
    },
  ];
}

function AddDialog({ onClose }: { readonly onClose: () => void }) {
  const { refetch } = useApp();
  const sending = useSend();
  const add = async (event: SubmitEvent): Promise<void> => {
    const name = readForm(event).text("name");
    const answer = await sending.run(() => addPasskey(name));
    if (answer === null || answer.problem !== null) return;
    onClose();
    showToast(`${name} signs you in from now on.`);
    void refetch();
  };
  // Whoever comes back to a session that was left open must not be able to open a door for good.
  const isStale = sending.problem.value?.code === "sign_in_again";
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <form class="form" onSubmit={(event) => void add(event)}>
        <p class="muted">Your browser asks next where to keep it: this device, a phone, a security key.</p>
        <NameField name="" />
        <FormEnd sending={sending} submit="Go on" onCancel={onClose} />
        {isStale ? <SignInAgain /> : null}
      </form>
    </Dialog>
  );
}

function SignInAgain() {
  return (
    <div class="field">
      <p class="field-hint">
        A passkey opens this account for good, so it takes a sign-in of the last day. Sign in once more, and
        you go on here.
      </p>
      <SignOutButton next={`/account${ADD_HASH}`} label="Sign in again" />
    </div>
  );
}

function RenameDialog({ row, onClose }: { readonly row: Passkey; readonly onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Rename ${nameOf(row)}`}
      submit="Save"
      method="POST"
      path="/api/auth/passkey/update-passkey"
      readBody={({ text }) => ({ id: row.id, name: text("name") })}
      done="The passkey has its new name."
      onClose={onClose}
    >
      <NameField name={row.name} />
    </ConfirmDialog>
  );
}

function NameField({ name }: { readonly name: string }) {
  return (
    <Field
      label="Name"
      name="name"
      required
      maxLength={200}
      autocomplete="off"
      placeholder="work laptop"
      defaultValue={name}
      hint="To tell it from your other ones."
    />
  );
}

function RemoveDialog({ row, onClose }: { readonly row: Passkey; readonly onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Remove ${nameOf(row)}?`}
      kind="danger"
      submit="Remove"
      method="POST"
      path="/api/auth/passkey/delete-passkey"
      readBody={() => ({ id: row.id })}
      done={`${nameOf(row)} does not sign in any more.`}
      onClose={onClose}
    >
      <p class="muted">
        It does not sign you in any more, wherever it is kept. Your device may go on offering it: delete it
        there too.
      </p>
    </ConfirmDialog>
  );
}
