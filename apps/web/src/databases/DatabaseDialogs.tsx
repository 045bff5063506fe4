/** Adding, changing, checking and taking away a watched database. */
import type { DatabaseCheck, MonitoredDatabase, Problem } from "@throughline/contract";
import { TLS_MODES } from "@throughline/contract/tlsModes";
import type { Signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { sendApi } from "../data/api.ts";
import { useApp } from "../data/appState.ts";
import { toDatabases } from "../paths.ts";
import { ConfirmDialog } from "../settings/ConfirmDialog.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Code } from "../ui/Code.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Choice, Field, FormProblem, type FormTexts } from "../ui/Field.tsx";
import { Skeleton } from "../ui/States.tsx";

export type DatabaseDialog =
  | { readonly kind: "closed" }
  | { readonly kind: "new" }
  | { readonly kind: "edit" | "delete" | "check"; readonly database: MonitoredDatabase };

export function DatabaseDialogs({
  dialog,
  projectId,
}: {
  readonly dialog: Signal<DatabaseDialog>;
  readonly projectId: string;
}) {
  const { view, navigate } = useApp();
  const shown = dialog.value;
  const onClose = (): void => {
    dialog.value = { kind: "closed" };
  };
  if (shown.kind === "closed") return null;
  if (shown.kind === "new")
    return (
      <ConfirmDialog
        title="Add a database"
        submit="Add"
        method="POST"
        path="/api/databases"
        readBody={(form) => ({ project: projectId, ...bodyOf(form), password: form.secret("password") })}
        done="It is looked at within seconds. Its page can check what is missing."
        isSticky
        onClose={onClose}
      >
        <DatabaseFields />
      </ConfirmDialog>
    );
  const { database } = shown;
  if (shown.kind === "check") return <CheckDialog database={database} onClose={onClose} />;
  const path = `/api/databases/${database.id}`;
  if (shown.kind === "delete")
    return (
      <ConfirmDialog
        title={`Stop watching ${database.name}?`}
        kind="danger"
        submit="Stop watching"
        method="DELETE"
        path={path}
        done={`${database.name} is not watched any more.`}
        onDone={() => void navigate(toDatabases(view.value.search))}
        onClose={onClose}
      >
        <p>Its address, password, last look and plans are deleted. The database itself is not touched.</p>
      </ConfirmDialog>
    );
  return (
    <ConfirmDialog
      title={`Change ${database.name}`}
      submit="Save"
      method="PATCH"
      path={path}
      readBody={(form) => {
        const password = form.secret("password");
        return { ...bodyOf(form), ...(password === "" ? {} : { password }) };
      }}
      done={`${database.name} is changed.`}
      isSticky
      onClose={onClose}
    >
      <DatabaseFields database={database} />
    </ConfirmDialog>
  );
}

const TLS_WORDS = {
  "verify-full": "encrypted, certificate checked",
  require: "encrypted, certificate not checked",
  disable: "not encrypted",
} as const;

function DatabaseFields({ database }: { readonly database?: MonitoredDatabase }) {
  const text = (value: string | number | undefined) =>
    value === undefined ? {} : { defaultValue: String(value) };
  const common = { required: true, autocomplete: "off", spellcheck: false } as const;
  return (
    <>
      <Field
        label="Name"
        name="name"
        {...common}
        maxLength={100}
        {...text(database?.name)}
        hint="As it is called here."
      />
      <div class="database-pair">
        <Field label="Host" name="host" {...common} maxLength={253} {...text(database?.host)} />
        <Field label="Port" name="port" {...common} inputMode="numeric" {...text(database?.port ?? 5432)} />
      </div>
      <Field label="Database" name="database" {...common} maxLength={63} {...text(database?.database)} />
      <Field
        label="User"
        name="username"
        {...common}
        maxLength={63}
        {...text(database?.username ?? "throughline")}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        required={database === undefined}
        autocomplete="new-password"
        hint={
          database === undefined
            ? "Kept encrypted, and never shown again."
            : "Empty: it stays. Another host, user or TLS mode needs it again."
        }
      />
      <Choice
        label="TLS"
        name="tls"
        options={TLS_MODES.map((value) => ({ value, label: TLS_WORDS[value] }))}
        value={database?.tls ?? "verify-full"}
      />
      <div class="field">
        <label for="database-ca">CA certificate (optional)</label>
        <textarea
          id="database-ca"
          name="caCertificate"
          rows={3}
          defaultValue={database?.caCertificate ?? ""}
        />
        <p class="field-hint">PEM, for a certificate of your own authority.</p>
      </div>
      <div class="database-pair">
        <Field
          label="Look every (s)"
          name="everySeconds"
          {...common}
          inputMode="numeric"
          {...text(database?.everySeconds ?? 60)}
        />
        <Field
          label="Slow from (ms)"
          name="slowMs"
          {...common}
          inputMode="numeric"
          {...text(database?.slowMs ?? 50)}
          hint="Mean of a statement that is explained."
        />
      </div>
      {database === undefined ? null : (
        <Choice
          label="Watching"
          name="isEnabled"
          options={[
            { value: "yes", label: "on" },
            { value: "no", label: "off" },
          ]}
          value={database.isEnabled ? "yes" : "no"}
        />
      )}
    </>
  );
}

/** What is no number goes to the server as it is, which says what it expects. */
function bodyOf({ text }: FormTexts): object {
  const number = (name: string): number | string => {
    const typed = text(name);
    return /^\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
  };
  return {
    name: text("name"),
    host: text("host"),
    port: number("port"),
    database: text("database"),
    username: text("username"),
    tls: text("tls"),
    caCertificate: text("caCertificate"),
    everySeconds: number("everySeconds"),
    slowMs: number("slowMs"),
    isEnabled: text("isEnabled") !== "no",
  };
}

const WORDS = { good: "fine", warn: "look", bad: "wrong" } as const;

function CheckDialog({
  database,
  onClose,
}: {
  readonly database: MonitoredDatabase;
  readonly onClose: () => void;
}) {
  const [check, setCheck] = useState<DatabaseCheck | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    void sendApi("POST", `/api/databases/${database.id}/check`).then((answer) => {
      if (answer.problem === null) setCheck(answer.data as DatabaseCheck);
      else setProblem(answer.problem);
    });
  }, [database.id]);
  return (
    <Dialog title={`Check of ${database.name}`} onClose={onClose}>
      <div class="form" aria-live="polite">
        <FormProblem problem={problem} />
        {check === null && problem === null ? <Skeleton lines={4} label="Asking the database" /> : null}
        {check === null ? null : (
          <ul class="database-findings">
            {check.findings.map(({ tone, text, sql }) => (
              <li key={text}>
                <Badge tone={tone}>{WORDS[tone]}</Badge> <span>{text}</span>
                {sql === "" ? null : <Code text={sql} label={`SQL for: ${text}`} />}
              </li>
            ))}
          </ul>
        )}
        <div class="form-buttons">
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
