/** How long the organisation's telemetry is kept, and setting it. */
import type { Retention } from "@throughline/contract";
import { useState } from "preact/hooks";
import { useApp, useMay } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import type { PageProps } from "../page.ts";
import { toStorage } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Field, FormProblem, readForm, type FormTexts } from "../ui/Field.tsx";
import { Age } from "../ui/Time.tsx";
import { showToast } from "../ui/Toast.tsx";
import { ConfirmDialog, WhyField, whyOf } from "./ConfirmDialog.tsx";
import { counted, GoneList } from "./GoneList.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";

const DAY_MS = 86_400_000;
const RAW = "single traces, log lines, metric points, page views, vitals, browser events and errors";
const AGGREGATES = "the totals, percentiles and lists that charts and pages are drawn from";

export function RetentionPage({ data }: PageProps<Retention>) {
  const may = useMay();
  const { search } = useApp().view.value;
  const kept = data.value;
  return (
    <div class="stack">
      <SettingsTabs />
      <Card title="How long data is kept" aside={<Checked kept={kept} />}>
        {kept.lastError === null ? null : (
          <p class="card-text">
            <Badge tone="bad">not enforced</Badge> Older data could not be deleted at the last check; it is
            tried again within the hour. The store said: {kept.lastError}
          </p>
        )}
        <dl class="about">
          <dt>Raw data</dt>
          <dd>
            <strong>{counted(kept.rawDays, "day")}</strong>: {RAW}
          </dd>
          <dt>Aggregates</dt>
          <dd>
            <strong>{counted(kept.aggregateDays, "day")}</strong>: {AGGREGATES}
          </dd>
        </dl>
      </Card>
      {may("retention:write") ? (
        <Card title="Change it">
          <LimitsForm key={`${kept.rawDays} ${kept.aggregateDays}`} kept={kept} />
        </Card>
      ) : null}
      <Card title="How it works">
        <ul class="card-text rules">
          <li>
            This installation keeps raw data for {kept.rawDaysMax} days and aggregates for{" "}
            {kept.aggregateDaysMax}. An organisation can keep its own for less time, not for more.
          </li>
          <li>
            Days are UTC days, and whole ones are deleted: a row goes within a day after it has become too
            old.
          </li>
          <li>
            Charts are drawn by the minute for 7 days, by five minutes for 60, and coarser after that, also
            where aggregates are kept longer. What single visits bought is kept for 90 days at most.
          </li>
          <li>Counts of what was taken in (Usage, System) and the audit log are not concerned.</li>
          <li>
            What the data takes on disk, by table: <a href={toStorage(search)}>Storage</a>
          </li>
        </ul>
      </Card>
    </div>
  );
}

function Checked({ kept }: { readonly kept: Retention }) {
  const isShorter = kept.rawDays < kept.rawDaysMax || kept.aggregateDays < kept.aggregateDaysMax;
  if (!isShorter)
    return <span class="muted">{kept.isDefault ? "the default" : "as long as the installation"}</span>;
  if (kept.checkedAtMs === null) return <span class="muted">being deleted within a minute</span>;
  return (
    <span class="muted">
      last checked <Age ms={kept.checkedAtMs} />
    </span>
  );
}

interface Limits {
  readonly rawDays: number | string;
  readonly aggregateDays: number | string;
}

function LimitsForm({ kept }: { readonly kept: Retention }) {
  const { refetch } = useApp();
  const { isSending, problem, send, forget } = useSend();
  const [asked, setAsked] = useState<Limits | null>(null);
  const save = async (event: SubmitEvent): Promise<void> => {
    const limits = readLimits(readForm(event));
    if (isShorter(limits, kept)) {
      forget();
      setAsked(limits);
      return;
    }
    const answer = await send("PUT", "/api/retention", limits);
    if (answer === null || answer.problem !== null) return;
    showToast(DONE);
    void refetch();
  };
  return (
    <>
      <form class="form" onSubmit={(event) => void save(event)}>
        <Field
          label="Raw data, days"
          name="rawDays"
          inputMode="numeric"
          required
          maxLength={10}
          autocomplete="off"
          defaultValue={String(kept.rawDays)}
          hint={`1 to ${kept.rawDaysMax}`}
        />
        <Field
          label="Aggregates, days"
          name="aggregateDays"
          inputMode="numeric"
          required
          maxLength={10}
          autocomplete="off"
          defaultValue={String(kept.aggregateDays)}
          hint={`1 to ${kept.aggregateDaysMax}, and not fewer than for raw data`}
        />
        <FormProblem problem={problem.value} />
        <div class="form-buttons">
          <Button type="submit" disabled={isSending.value}>
            Save
          </Button>
        </div>
      </form>
      {asked === null ? null : <ShortenDialog kept={kept} limits={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

const DONE = "How long data is kept is changed.";

function ShortenDialog({
  kept,
  limits,
  onClose,
}: {
  readonly kept: Retention;
  readonly limits: Limits;
  readonly onClose: () => void;
}) {
  const { rawDays, aggregateDays } = limits;
  return (
    <ConfirmDialog
      title="Delete what is older?"
      kind="danger"
      submit="Shorten and delete"
      method="PUT"
      path="/api/retention"
      readBody={(form) => ({ ...limits, ...whyOf(form) })}
      done={DONE}
      onClose={onClose}
    >
      <GoneList>
        {isLess(rawDays, kept.rawDays) ? (
          <li>
            Raw data from before {firstDay(kept, rawDays)} (UTC), of all projects: {RAW}
          </li>
        ) : null}
        {isLess(aggregateDays, kept.aggregateDays) ? (
          <li>
            Aggregates from before {firstDay(kept, aggregateDays)} (UTC), of all projects: {AGGREGATES}
          </li>
        ) : null}
      </GoneList>
      <p class="muted">
        It starts right away, and goes on day by day. Keeping data longer again later does not bring anything
        back.
      </p>
      <WhyField />
    </ConfirmDialog>
  );
}

/** What is no number goes to the server as it is, which says what it expects. */
function readLimits({ text }: FormTexts): Limits {
  const days = (name: string): number | string => {
    const typed = text(name);
    return /^\d+$/.test(typed) ? Number(typed) : typed;
  };
  return { rawDays: days("rawDays"), aggregateDays: days("aggregateDays") };
}

/** Only what the server would take is worth a question: days below 1 are refused by it. */
function isLess(days: number | string, than: number): days is number {
  return typeof days === "number" && days >= 1 && days < than;
}

function isShorter({ rawDays, aggregateDays }: Limits, kept: Retention): boolean {
  if (typeof rawDays === "string" || typeof aggregateDays === "string") return false;
  const isTaken = rawDays >= 1 && rawDays <= aggregateDays && aggregateDays <= kept.aggregateDaysMax;
  return isTaken && (isLess(rawDays, kept.rawDays) || isLess(aggregateDays, kept.aggregateDays));
}

/** The first day that stays. */
function firstDay({ todayMs }: Retention, days: number): string {
  return new Date(todayMs - days * DAY_MS).toISOString().slice(0, 10);
}
