/** Pages and groups of visitors with their vitals: one row each, the numbers coloured by their rating. */
import type { VitalBreakdown, VitalCell, VitalPageRow } from "@throughline/contract";
import { VITAL_NAMES } from "@throughline/contract/vitalConstants";
import { useApp } from "../data/appState.ts";
import { toVitals } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { formatCount, formatShortCount, UNKNOWN } from "../ui/format.ts";
import { Table, type Column } from "../ui/Table.tsx";
import { toneOfScore } from "./Score.tsx";
import { filterOf } from "./VitalsFilters.tsx";
import { RATING_TEXT, RATING_TONE, vitalText } from "./vitalText.ts";

interface WithVitals {
  readonly vitals: readonly VitalCell[];
}

function vitalColumns<Row extends WithVitals>(): Column<Row>[] {
  return VITAL_NAMES.map((name) => ({
    id: name,
    head: name,
    align: "end",
    isSecondary: name === "FCP" || name === "TTFB",
    sortBy: ({ vitals }) => vitals.find((vital) => vital.name === name)?.value ?? null,
    cell: ({ vitals }) => {
      const found = vitals.find((vital) => vital.name === name);
      if (found === undefined) return UNKNOWN;
      const { value, rating, sampleCount } = found;
      const tone = RATING_TONE[rating];
      return (
        <span class={tone} title={`${RATING_TEXT[rating]}, n = ${formatCount(sampleCount)}`}>
          {vitalText(name, value)}
          <span class="unseen"> {RATING_TEXT[rating]}</span>
        </span>
      );
    },
  }));
}

export function WorstPages({ pages }: { readonly pages: readonly VitalPageRow[] }) {
  const { search } = useApp().view.value;
  const filter = filterOf(search);
  const columns: readonly Column<VitalPageRow>[] = [
    {
      id: "page",
      head: "Page",
      isMain: true,
      sortBy: ({ page }) => page,
      cell: ({ page }) => (
        <a class="link" href={toVitals({ ...filter, page }, search)}>
          {page}
        </a>
      ),
    },
    {
      id: "score",
      head: "Score",
      align: "end",
      sortBy: ({ score }) => score,
      cell: ({ score }) => <span class={toneOfScore(score)}>{score ?? UNKNOWN}</span>,
    },
    ...vitalColumns<VitalPageRow>(),
    {
      id: "views",
      head: "Page views",
      align: "end",
      isSecondary: true,
      sortBy: ({ viewCount }) => viewCount,
      cell: ({ viewCount }) => formatShortCount(viewCount),
    },
  ];
  return (
    <Card
      title="Worst pages"
      isFlush
      aside={<span class="muted">most readings that are not good first; p75 from histograms</span>}
    >
      <Table caption="Worst pages" columns={columns} rows={pages} rowKey={({ page }) => page} />
    </Card>
  );
}

type Dimension = VitalBreakdown["dimensions"][number];

const DIMENSION_TEXT: Readonly<Record<Dimension["dimension"], string>> = {
  device: "By device",
  country: "By country",
  connection: "By connection",
  release: "By release",
};

const DIMENSION_HEAD: Readonly<Record<Dimension["dimension"], string>> = {
  device: "Device",
  country: "Country",
  connection: "Connection",
  release: "Release",
};

export function Breakdown({ dimensions }: { readonly dimensions: readonly Dimension[] }) {
  return (
    <div class="vital-breakdown">
      {dimensions
        .filter(({ values }) => values.length > 0)
        .map((dimension) => (
          <ByDimension key={dimension.dimension} {...dimension} />
        ))}
    </div>
  );
}

function ByDimension({ dimension, values }: Dimension) {
  const { search } = useApp().view.value;
  const filter = filterOf(search);
  const columns: readonly Column<Dimension["values"][number]>[] = [
    {
      id: "value",
      head: DIMENSION_HEAD[dimension],
      isMain: true,
      sortBy: ({ value }) => value,
      cell: ({ value }) =>
        value === "" ? (
          <span class="muted">not known</span>
        ) : (
          <a class="link" href={toVitals({ ...filter, [dimension]: value }, search)}>
            {value}
          </a>
        ),
    },
    ...vitalColumns<Dimension["values"][number]>(),
  ];
  return (
    <Card title={DIMENSION_TEXT[dimension]} isFlush>
      <Table
        caption={DIMENSION_TEXT[dimension]}
        columns={columns}
        rows={values}
        rowKey={({ value }) => value}
      />
    </Card>
  );
}
