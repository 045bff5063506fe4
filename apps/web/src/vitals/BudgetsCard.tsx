/** Budgets of the project: list, editor, and who changed what when. */
import type { Budget, BudgetHistoryEntry, BudgetList } from "@throughline/contract";
import { DEVICE_TYPES, VITAL_NAMES } from "@throughline/contract/vitalConstants";
import type { Signal } from "@preact/signals";
import { useApp, useMay } from "../data/appState.ts";
import { ConfirmDialog } from "../settings/ConfirmDialog.tsx";
import { toVitals } from "../paths.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Choice, Field, type FormTexts } from "../ui/Field.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { vitalText } from "./vitalText.ts";

export type BudgetDialogState =
  | { readonly kind: "closed" }
  | { readonly kind: "new"; readonly page: string; readonly metric: string; readonly device: string }
  | { readonly kind: "edit" | "delete"; readonly budget: Budget };

export function BudgetsCard({
  list,
  dialog,
  newPage,
}: {
  readonly list: BudgetList;
  readonly dialog: Signal<BudgetDialogState>;
  /** What a new budget is for at first. */
  readonly newPage: string;
}) {
  const may = useMay();
  const mayWrite = may("budgets:write");
  return (
    <Card
      title="Budgets"
      isFlush
      aside={
        mayWrite ? (
          <Button onClick={() => (dialog.value = { kind: "new", page: newPage, metric: "LCP", device: "" })}>
            New budget
          </Button>
        ) : undefined
      }
    >
      {list.budgets.length === 0 ? (
        <p class="card-empty">
          None of your own: the published thresholds hold for every page.
          {mayWrite ? " A budget sets another target for some pages, a device or a vital." : ""}
        </p>
      ) : (
        <Table
          caption="Budgets"
          columns={useColumns(mayWrite, dialog)}
          rows={list.budgets}
          rowKey={({ id }) => id}
        />
      )}
      <History history={list.history} />
      <BudgetDialogs list={list} dialog={dialog} />
    </Card>
  );
}

function useColumns(mayWrite: boolean, dialog: Signal<BudgetDialogState>): readonly Column<Budget>[] {
  const { search } = useApp().view.value;
  const columns: Column<Budget>[] = [
    {
      id: "page",
      head: "Page",
      isMain: true,
      sortBy: ({ page }) => page,
      cell: ({ page, note }) => (
        <>
          <a class="link" href={toVitals(page === "*" ? {} : { page }, search)}>
            {page === "*" ? "every page and the whole site" : page}
          </a>
          {note === "" ? null : <small class="muted budget-note">{note}</small>}
        </>
      ),
    },
    { id: "metric", head: "Vital", sortBy: ({ metric }) => metric, cell: ({ metric }) => metric },
    { id: "device", head: "Device", isSecondary: true, cell: ({ device }) => device ?? "all" },
    {
      id: "target",
      head: "Target",
      align: "end",
      cell: ({ metric, target }) => vitalText(metric, target),
    },
    {
      id: "owner",
      head: "Owner",
      isSecondary: true,
      cell: ({ owner }) => owner?.name ?? <span class="muted">nobody</span>,
    },
  ];
  if (!mayWrite) return columns;
  return [
    ...columns,
    {
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      cell: (budget) => (
        <div class="row-actions">
          <Button
            kind="quiet"
            aria-label={`Change the budget of ${nameOf(budget)}`}
            onClick={() => (dialog.value = { kind: "edit", budget })}
          >
            Change
          </Button>
          <Button
            kind="quiet"
            aria-label={`Delete the budget of ${nameOf(budget)}`}
            onClick={() => (dialog.value = { kind: "delete", budget })}
          >
            Delete
          </Button>
        </div>
      ),
    },
  ];
}

const nameOf = ({ metric, page, device }: Pick<Budget, "metric" | "page" | "device">): string =>
  `${metric} of ${page === "*" ? "every page" : page}${device === null ? "" : ` on ${device}`}`;

function History({ history }: { readonly history: readonly BudgetHistoryEntry[] }) {
  if (history.length === 0) return null;
  return (
    <details class="budget-history">
      <summary>Who changed what</summary>
      <ol>
        {history.map((entry) => (
          <li key={entry.id}>
            <Time ms={entry.atMs} precision="minute" /> {entry.by} {changeText(entry)}
          </li>
        ))}
      </ol>
    </details>
  );
}

function changeText(entry: BudgetHistoryEntry): string {
  const { action, metric, targetBefore, targetAfter, ownerBefore, ownerAfter } = entry;
  const name = nameOf(entry);
  if (action === "created")
    return `made the budget of ${name}${targetAfter === null ? "" : `, ${vitalText(metric, targetAfter)}`}`;
  if (action === "deleted") return `deleted the budget of ${name}`;
  const changes = [
    targetBefore !== targetAfter && targetBefore !== null && targetAfter !== null
      ? `target ${vitalText(metric, targetBefore)} → ${vitalText(metric, targetAfter)}`
      : "",
    ownerBefore === ownerAfter ? "" : `owner ${ownerBefore ?? "nobody"} → ${ownerAfter ?? "nobody"}`,
  ].filter((text) => text !== "");
  return `changed the budget of ${name}: ${changes.length === 0 ? "its note" : changes.join(", ")}`;
}

function BudgetDialogs({
  list,
  dialog,
}: {
  readonly list: BudgetList;
  readonly dialog: Signal<BudgetDialogState>;
}) {
  const shown = dialog.value;
  const close = (): void => {
    dialog.value = { kind: "closed" };
  };
  if (shown.kind === "closed") return null;
  if (shown.kind === "new")
    return (
      <ConfirmDialog
        title="New budget"
        submit="Save"
        method="POST"
        path="/api/budgets"
        readBody={(form) => ({
          project: list.project.id,
          page: form.text("page"),
          metric: form.text("metric"),
          device: orNull(form.text("device")),
          ...targetBody(form),
        })}
        done="The budget holds from the next evaluation on, within a minute."
        onClose={close}
      >
        <Field
          label="Page"
          name="page"
          required
          defaultValue={shown.page}
          maxLength={500}
          autocomplete="off"
          hint="A page or a pattern: /checkout, /products/*. A star alone is every page and the whole site."
        />
        <Choice
          label="Vital"
          name="metric"
          options={VITAL_NAMES.map((value) => ({ value, label: value }))}
          value={VITAL_NAMES.find((name) => name === shown.metric) ?? "LCP"}
        />
        <Choice
          label="Device"
          name="device"
          options={[
            { value: "", label: "all together" },
            ...DEVICE_TYPES.map((value) => ({ value, label: value })),
          ]}
          value={shown.device}
        />
        <TargetFields list={list} />
      </ConfirmDialog>
    );
  const { budget } = shown;
  if (shown.kind === "delete")
    return (
      <ConfirmDialog
        title={`Delete the budget of ${nameOf(budget)}?`}
        kind="danger"
        submit="Delete"
        method="DELETE"
        path={`/api/budgets/${budget.id}`}
        done={`The budget of ${nameOf(budget)} is deleted.`}
        onClose={close}
      >
        <p>
          The next wider budget holds then, or the published threshold. Its breaches and recoveries stay in
          the list.
        </p>
      </ConfirmDialog>
    );
  return (
    <ConfirmDialog
      title={`Budget of ${nameOf(budget)}`}
      submit="Save"
      method="PATCH"
      path={`/api/budgets/${budget.id}`}
      readBody={targetBody}
      done={`The budget of ${nameOf(budget)} is changed.`}
      onClose={close}
    >
      <TargetFields list={list} budget={budget} />
    </ConfirmDialog>
  );
}

function TargetFields({ list, budget }: { readonly list: BudgetList; readonly budget?: Budget }) {
  return (
    <>
      <Field
        label="Target for p75"
        name="target"
        required
        autocomplete="off"
        maxLength={12}
        hint="Milliseconds; of CLS the number itself, as 0.1."
        {...(budget === undefined ? {} : { defaultValue: String(budget.target) })}
      />
      <Choice
        label="Owner"
        name="ownerId"
        options={[
          { value: "", label: "nobody" },
          ...list.people.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        value={budget?.ownerId ?? ""}
        hint="Who looks after it."
      />
      <Field
        label="Note (optional)"
        name="note"
        maxLength={1000}
        {...(budget === undefined ? {} : { defaultValue: budget.note })}
      />
    </>
  );
}

/** What is no number goes to the server as it is, which says what it expects. */
function targetBody({ text }: FormTexts): object {
  const typed = text("target").replace(",", ".");
  const target = typed === "" ? Number.NaN : Number(typed);
  return {
    target: Number.isFinite(target) ? target : typed,
    ownerId: orNull(text("ownerId")),
    note: text("note"),
  };
}

const orNull = (text: string): string | null => (text === "" ? null : text);
