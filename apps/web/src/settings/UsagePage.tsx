/** What the organisation sent today against its daily quotas, the days before, and taking all of its data along. */
import type { UsageMeter, UsagePage as UsageData } from "@throughline/contract";
import { useMay } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { formatCount, formatShare, UNKNOWN } from "../ui/format.ts";
import { Bar } from "../ui/Share.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { useClock } from "../ui/Time.tsx";
import { Quotas } from "./Quotas.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";
import { KIND_TEXT } from "./quotaText.ts";
import "./usage.css";

const HOUR_MS = 3_600_000;

export function UsagePage({ data }: PageProps<UsageData>) {
  const may = useMay();
  const { meters, resetsAtMs, days, organisations } = data.value;
  return (
    <div class="stack">
      <SettingsTabs />
      <Card title="Today" aside={<Reset atMs={resetsAtMs} />}>
        <ul class="meters">
          {meters.map((meter) => (
            <Meter key={meter.kind} meter={meter} />
          ))}
        </ul>
      </Card>
      {organisations === null ? null : <Quotas organisations={organisations} />}
      <Card title="The last 30 days" isFlush aside={<span class="muted">items taken, days in UTC</span>}>
        {days.length === 0 ? (
          <EmptyState title="Nothing was sent yet" />
        ) : (
          <Table
            caption="Items taken a day"
            columns={DAY_COLUMNS}
            rows={days.toReversed()}
            rowKey={({ dayMs }) => String(dayMs)}
          />
        )}
      </Card>
      {may("tenant:export") ? <Export /> : null}
    </div>
  );
}

function Reset({ atMs }: { readonly atMs: number }) {
  const { nowMs } = useClock();
  const hours = Math.max(0, atMs - nowMs.value) / HOUR_MS;
  const left = hours >= 1 ? `${Math.floor(hours)} h` : `${Math.ceil(hours * 60)} min`;
  return <span class="muted">starts anew at 00:00 UTC, in {left}</span>;
}

function Meter({ meter: { kind, used, dailyMax, state } }: { readonly meter: UsageMeter }) {
  const ratio = dailyMax === null ? 0 : used / dailyMax;
  return (
    <li class={`meter meter-${state}`}>
      <h3>{KIND_TEXT[kind]}</h3>
      <p class="meter-figure">
        <strong>{formatCount(used)}</strong>
        <span class="muted">{dailyMax === null ? " no quota" : ` of ${formatCount(dailyMax)}`}</span>
      </p>
      {dailyMax === null ? null : <Bar ratio={ratio} />}
      <p class="meter-state">
        {dailyMax === null ? null : <span class="muted">{formatShare(ratio)} %</span>}
        {state === "warn" ? <Badge tone="warn">nearly used up</Badge> : null}
        {state === "exceeded" ? <Badge tone="bad">used up, refused</Badge> : null}
      </p>
    </li>
  );
}

type Day = UsageData["days"][number];

const DAY_COLUMNS: readonly Column<Day>[] = [
  {
    id: "day",
    head: "Day",
    isMain: true,
    cell: ({ dayMs }) => <time dateTime={dayText(dayMs)}>{dayText(dayMs)}</time>,
  },
  ...(["spans", "logs", "points", "events"] as const).map((kind): Column<Day> => ({
    id: kind,
    head: kind,
    align: "end",
    sortBy: (day) => day[kind],
    cell: (day) => (day[kind] === 0 ? <span class="muted">{UNKNOWN}</span> : formatCount(day[kind])),
  })),
];

const dayText = (dayMs: number): string => new Date(dayMs).toISOString().slice(0, 10);

function Export() {
  return (
    <Card
      title="Take everything along"
      aside={
        <a class="button button-plain" href="/api/tenant/export" download>
          Export all data
        </a>
      }
    >
      <p class="muted usage-text">
        Projects, members, keys without their secrets, the audit log, and all telemetry of all projects, as
        one compressed file with a line of JSON for each row. Its last line counts the rows; without it the
        download was broken off.
      </p>
    </Card>
  );
}
