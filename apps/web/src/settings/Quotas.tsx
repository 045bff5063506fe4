/** Daily quotas of all organisations, for those who look after the installation. */
import type { QuotaKind, UsageMeter, UsagePage } from "@throughline/contract";
import { useState } from "preact/hooks";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Field, type FormTexts } from "../ui/Field.tsx";
import { formatCount, formatShare } from "../ui/format.ts";
import { Table, type Column } from "../ui/Table.tsx";
import { ConfirmDialog, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { KIND_TEXT } from "./quotaText.ts";

type Organisation = NonNullable<UsagePage["organisations"]>[number];

const KINDS = ["spans", "logs", "points", "events"] as const satisfies readonly QuotaKind[];

export function Quotas({ organisations }: { readonly organisations: readonly Organisation[] }) {
  const [changed, setChanged] = useState<Organisation | null>(null);
  const columns: readonly Column<Organisation>[] = [
    { id: "name", head: "Organisation", isMain: true, cell: ({ name }) => name },
    ...KINDS.map((kind): Column<Organisation> => ({
      id: kind,
      head: kind,
      align: "end",
      isSecondary: true,
      sortBy: (of) => meterOf(of, kind)?.used ?? 0,
      cell: (of) => <Used meter={meterOf(of, kind)} />,
    })),
    {
      id: "actions",
      head: "actions",
      isHeadUnseen: true,
      align: "end",
      cell: (row) => (
        <div class="row-actions">
          <Button
            kind="quiet"
            aria-label={`Change the quotas of ${row.name}`}
            onClick={() => setChanged(row)}
          >
            Change
          </Button>
        </div>
      ),
    },
  ];
  return (
    <Card
      title="Quotas of all organisations"
      isFlush
      aside={<span class="muted">used today, quota a day</span>}
    >
      <Table
        caption="Quotas of all organisations"
        columns={columns}
        rows={organisations}
        rowKey={({ tenantId }) => tenantId}
      />
      {changed === null ? null : <QuotaDialog organisation={changed} onClose={() => setChanged(null)} />}
    </Card>
  );
}

function meterOf({ meters }: Organisation, kind: QuotaKind): UsageMeter | undefined {
  return meters.find((meter) => meter.kind === kind);
}

function Used({ meter }: { readonly meter: UsageMeter | undefined }) {
  if (meter === undefined) return null;
  const { used, dailyMax, isDefault, state } = meter;
  return (
    <>
      {formatCount(used)}
      <small>
        {dailyMax === null ? "no quota" : `of ${formatCount(dailyMax)}`}
        {isDefault ? ", default" : ""}
      </small>
      {dailyMax === null || state === "ok" ? null : (
        <Badge tone={state === "warn" ? "warn" : "bad"}>{formatShare(used / dailyMax)} %</Badge>
      )}
    </>
  );
}

function QuotaDialog({
  organisation,
  onClose,
}: {
  readonly organisation: Organisation;
  readonly onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title={`Daily quotas of ${organisation.name}`}
      submit="Save"
      method="PATCH"
      path={`/api/quotas/${organisation.tenantId}`}
      readBody={readQuotas}
      done={`The quotas of ${organisation.name} are changed.`}
      onClose={onClose}
    >
      <p class="muted">
        Items a UTC day; what is sent past it is refused until 00:00 UTC. Empty: the default of this
        installation. “none”: no quota.
      </p>
      {KINDS.map((kind) => (
        <Field
          key={kind}
          label={KIND_TEXT[kind]}
          name={kind}
          autocomplete="off"
          placeholder="default"
          maxLength={20}
          defaultValue={shownMax(meterOf(organisation, kind))}
        />
      ))}
      <WhyField />
    </ConfirmDialog>
  );
}

function shownMax(meter: UsageMeter | undefined): string {
  if (meter === undefined || meter.isDefault) return "";
  return meter.dailyMax === null ? "none" : String(meter.dailyMax);
}

/** What is no number goes to the server as it is, which says what it expects. */
function readQuotas(form: FormTexts): object {
  const { text } = form;
  const quotas = KINDS.map((kind) => {
    const typed = text(kind).replaceAll(/[\s_]/g, "");
    if (typed === "") return [kind, "default"];
    if (typed.toLowerCase() === "none") return [kind, null];
    return [kind, /^\d+$/.test(typed) ? Number(typed) : typed];
  });
  return { ...Object.fromEntries(quotas), ...whyOf(form) };
}
