/** What the organisation's telemetry takes on disk, by table, and how fast it grows. */
import type { StorageGrowth, StorageReport, StorageTable } from "@throughline/contract";
import type { PageProps } from "../page.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { formatBytes, formatCount, formatNumber, formatShare, UNKNOWN } from "../ui/format.ts";
import { Bar } from "../ui/Share.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";
import { STORAGE_TEXT } from "./storageText.ts";
import "./storage.css";

interface Row extends StorageTable {
  /** Of the organisation's bytes. */
  readonly ratio: number;
}

export function StoragePage({ data }: PageProps<StorageReport>) {
  const { tables, total, measuredAtMs } = data.value;
  const full = tables
    .filter(({ rows }) => rows > 0)
    .map((table): Row => ({
      ...table,
      ratio: total.sizeBytes === 0 ? 0 : table.sizeBytes / total.sizeBytes,
    }));
  const empty = tables.filter(({ rows }) => rows === 0);
  return (
    <div class="stack">
      <SettingsTabs />
      {full.length === 0 ? (
        <Card title="Telemetry on disk">
          <EmptyState title="Nothing is stored yet">
            Send telemetry from a site or a service; its size and growth are counted here from the first row
            on.
          </EmptyState>
        </Card>
      ) : (
        <>
          <Card
            title="Telemetry on disk"
            aside={
              <span class="muted">
                measured <Age ms={measuredAtMs} />
              </span>
            }
          >
            <dl class="storage-total">
              <Figure
                name="Stored"
                value={formatBytes(total.sizeBytes)}
                note={`estimated; ${partsNote(full)}`}
              />
              <Figure
                name="Rows"
                value={formatCount(total.rows)}
                note={`in ${full.length} of ${tables.length} tables`}
              />
              <Figure name="New a month" {...growthFigure(total.growth, total.growthWithout)} />
            </dl>
          </Card>
          <Card title="By table" isFlush aside={<span class="muted">of this organisation</span>}>
            <Table
              caption="Tables of telemetry"
              columns={COLUMNS}
              rows={full}
              rowKey={({ table }) => table}
            />
          </Card>
        </>
      )}
      <Card title="How this is counted">
        <p class="muted card-text">
          Organisations share the files on disk, so the size is an estimate: the table's compressed bytes a
          row, times this organisation's rows. New a month is bytes a row, times its rows of the last seven
          days (fewer while it is younger), as thirty days; it takes a day of data. Old rows leave by
          themselves at the end of their retention, so at a steady pace what is stored stops growing then.
        </p>
        {empty.length === 0 || full.length === 0 ? null : (
          <p class="muted card-text">
            Empty: {empty.map(({ table }) => textOf(table).toLowerCase()).join(", ")}.
          </p>
        )}
      </Card>
    </div>
  );
}

function Figure({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span class="muted">{note}</span>
      </dd>
    </div>
  );
}

function partsNote(full: readonly Row[]): string {
  const raw = full.filter(({ kind }) => kind === "raw").reduce((sum, { ratio }) => sum + ratio, 0);
  return `${formatShare(raw)} % raw, ${formatShare(1 - raw)} % aggregates`;
}

function growthFigure({ bytesPerMonth, windowDays, whyUnknown }: StorageGrowth, without: readonly string[]) {
  if (bytesPerMonth === null) return { value: "Not enough data", note: whyUnknown ?? "" };
  const from = `at the pace of the last ${formatNumber(windowDays ?? 0)} days`;
  const left =
    without.length === 0 ? "" : `, without ${without.map((each) => textOf(each).toLowerCase()).join(", ")}`;
  return { value: formatBytes(bytesPerMonth), note: `${from}${left}` };
}

const textOf = (table: string): string => STORAGE_TEXT[table] ?? table;

const COLUMNS: readonly Column<Row>[] = [
  {
    id: "table",
    head: "table",
    isMain: true,
    sortBy: ({ table }) => textOf(table),
    cell: ({ table, kind }) => (
      <span class="storage-table">
        <span>
          {textOf(table)} {kind === "aggregate" ? <Badge tone="neutral">aggregate</Badge> : null}
        </span>
        <code class="muted">{table}</code>
      </span>
    ),
  },
  {
    id: "size",
    head: "size",
    hint: "Estimated: the table's compressed bytes a row, times your rows",
    align: "end",
    sortBy: ({ sizeBytes }) => sizeBytes,
    cell: ({ sizeBytes, ratio }) => (
      <span class="storage-size">
        {formatBytes(sizeBytes)}
        <Bar ratio={ratio} />
      </span>
    ),
  },
  {
    ...numberColumn<Row>("share", "%", ({ ratio }) => ratio, formatShare),
    hint: "Of everything that the organisation stores",
    isSecondary: true,
  },
  numberColumn("rows", "rows", ({ rows }) => rows, formatCount),
  {
    ...numberColumn<Row>("perRow", "bytes/row", ({ sizeBytes, rows }) => sizeBytes / rows, formatNumber),
    isSecondary: true,
  },
  ageColumn("oldest", ({ oldestMs }) => oldestMs),
  ageColumn("newest", ({ newestMs }) => newestMs),
  {
    id: "growth",
    head: "new a month",
    align: "end",
    sortBy: ({ growth }) => growth.bytesPerMonth,
    cell: ({ growth }) =>
      growth.bytesPerMonth === null ? (
        <span class="muted storage-young" title={growth.whyUnknown ?? undefined}>
          not enough data
        </span>
      ) : (
        formatBytes(growth.bytesPerMonth)
      ),
  },
];

function ageColumn(id: string, ms: (row: Row) => number | null): Column<Row> {
  return {
    id,
    head: id,
    align: "end",
    isSecondary: true,
    sortBy: ms,
    cell: (row) => {
      const known = ms(row);
      return known === null ? UNKNOWN : <Age ms={known} />;
    },
  };
}
