/** What a person may do with an error: resolve, ignore, reopen, give it to somebody. */
import type { ErrorPage } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useMay } from "../data/appState.ts";
import { ConfirmDialog } from "../settings/ConfirmDialog.tsx";
import { Button } from "../ui/Button.tsx";
import { Choice, Field, type FormTexts } from "../ui/Field.tsx";
import { useDecide } from "./useDecide.ts";

const HOUR_MS = 3_600_000;
const UNTIL = [
  { value: "", label: "no time" },
  { value: "1", label: "an hour" },
  { value: "24", label: "a day" },
  { value: "168", label: "a week" },
  { value: "720", label: "30 days" },
] as const;

export function ErrorActions({ page }: { readonly page: ErrorPage }) {
  const { error, project } = page;
  const may = useMay();
  const mayDecide = may("errors:write");
  const decide = useDecide(project.id);
  const dialog = useSignal<"closed" | "release" | "ignore" | "owner">("closed");
  const isSettled = error.state.status === "resolved" || error.state.status === "ignored";
  useEffect(() => {
    if (!mayDecide) return;
    const onKey = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, select, textarea, dialog") !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key === "e") void decide(error, { status: isSettled ? "open" : "resolved" });
      if (event.key === "i" && !isSettled) dialog.value = "ignore";
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
  if (!mayDecide) return null;
  const close = (): void => {
    dialog.value = "closed";
  };
  return (
    <div class="error-actions">
      {isSettled ? (
        <Button kind="primary" title="Reopen (e)" onClick={() => void decide(error, { status: "open" })}>
          Reopen
        </Button>
      ) : (
        <>
          <Button
            kind="primary"
            title="Resolve (e)"
            onClick={() => void decide(error, { status: "resolved" })}
          >
            Resolve
          </Button>
          <Button onClick={() => (dialog.value = "release")}>Resolve in a release…</Button>
          <Button title="Ignore (i)" onClick={() => (dialog.value = "ignore")}>
            Ignore…
          </Button>
        </>
      )}
      <Button onClick={() => (dialog.value = "owner")}>
        {error.state.owner === null ? "Assign…" : `Owner: ${error.state.owner.name}`}
      </Button>
      <Dialogs page={page} shown={dialog.value} onClose={close} />
    </div>
  );
}

function Dialogs({
  page: { error, project, releases, people },
  shown,
  onClose,
}: {
  readonly page: ErrorPage;
  readonly shown: "closed" | "release" | "ignore" | "owner";
  readonly onClose: () => void;
}) {
  const path = `/api/errors/${error.fingerprint}/state`;
  if (shown === "release")
    return (
      <ConfirmDialog
        title="Resolve in a release"
        submit="Resolve"
        method="POST"
        path={path}
        readBody={({ text }) => ({ project: project.id, status: "resolved", release: text("release") })}
        done="The error is resolved in that release."
        onClose={onClose}
      >
        <Field
          label="Release with the fix"
          name="release"
          required
          maxLength={200}
          autocomplete="off"
          defaultValue={releases.find(({ release }) => release !== "")?.release ?? ""}
          hint="It comes back when it is seen in this release or one that was first seen after it. Older releases that still run do not count."
        />
      </ConfirmDialog>
    );
  if (shown === "ignore")
    return (
      <ConfirmDialog
        title="Ignore this error"
        submit="Ignore"
        method="POST"
        path={path}
        readBody={(form) => ({ project: project.id, status: "ignored", ...limitsOf(form) })}
        done="The error is ignored."
        onClose={onClose}
      >
        <p>It leaves the list of unresolved errors. It goes on being counted.</p>
        <Choice
          label="For"
          name="hours"
          options={UNTIL}
          value=""
          hint="Whichever comes first; neither: for ever."
        />
        <Field
          label="Until it was seen so many times more (optional)"
          name="untilCount"
          inputMode="numeric"
          maxLength={10}
          autocomplete="off"
        />
      </ConfirmDialog>
    );
  if (shown === "owner")
    return (
      <ConfirmDialog
        title="Who looks after it"
        submit="Save"
        method="PUT"
        path={`/api/errors/${error.fingerprint}/owner`}
        readBody={({ text }) => ({ project: project.id, ownerId: text("ownerId") || null })}
        done="The owner is changed."
        onClose={onClose}
      >
        <Choice
          label="Owner"
          name="ownerId"
          options={[
            { value: "", label: "nobody" },
            ...people.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={error.state.owner?.id ?? ""}
        />
      </ConfirmDialog>
    );
  return null;
}

/** What is no number goes to the server as it is, which says what it expects. */
function limitsOf({ text }: FormTexts): object {
  const hours = text("hours");
  const count = text("untilCount");
  return {
    untilMs: hours === "" ? null : Date.now() + Number(hours) * HOUR_MS,
    untilCount: count === "" ? null : Number.isInteger(Number(count)) ? Number(count) : count,
  };
}
