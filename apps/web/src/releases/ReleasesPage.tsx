/** Releases of services, newest first, and one against another. The address names both. */
import type { ReleaseDiff, ReleaseList, ReleaseRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { ChoiceFilter, FilterForm } from "../filters/FilterForm.tsx";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toReleases, toService } from "../paths.ts";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table, type Column } from "../ui/Table.tsx";
import { Age } from "../ui/Time.tsx";
import { formatCount, formatShare, formatShortCount, UNKNOWN } from "../ui/format.ts";
import { Diff } from "./Diff.tsx";
import "./releases.css";

export interface ReleasesData {
  readonly list: ReleaseList;
  readonly diff?: ReleaseDiff;
}

export function ReleasesPage({ data, search }: PageProps<ReleasesData>) {
  const { list, diff } = data.value;
  if (!list.project.hasData) return <Onboarding project={list.project} />;
  return (
    <div class="stack">
      {list.releases.length === 0 ? null : (
        <Chooser key={search.toString()} releases={list.releases} search={search} />
      )}
      {diff === undefined ? null : <Diff diff={diff} />}
      <Card title="Releases" isFlush aside="newest first">
        {list.releases.length === 0 ? (
          <EmptyState title="No release is named yet">
            Set <code>service.version</code> in the resource of your OpenTelemetry SDK, for example with
            OTEL_RESOURCE_ATTRIBUTES=service.version=1.4.2. Releases appear here with the first span that
            names them.
          </EmptyState>
        ) : (
          <ReleaseTable releases={list.releases} />
        )}
      </Card>
    </div>
  );
}

function Chooser({
  releases,
  search,
}: {
  readonly releases: readonly ReleaseRow[];
  readonly search: URLSearchParams;
}) {
  const { navigate } = useApp();
  const services = [...new Set(releases.map(({ service }) => service))].toSorted();
  const service = search.get("service") ?? services[0] ?? "";
  const own = releases.filter((row) => row.service === service).map(({ release }) => release);
  const b = search.get("b") ?? own[0] ?? "";
  const a = search.get("a") ?? own[1] ?? "";
  return (
    <FilterForm
      action="/releases"
      submit="Compare"
      isSubmitDisabled={own.length < 2}
      toPage={(asked) => toReleases(asked, search)}
      clearHref={search.has("a") ? toReleases({ service }, search) : null}
    >
      <ChoiceFilter
        label="Service"
        name="service"
        value={service}
        options={services}
        onChoose={(chosen) => void navigate(toReleases({ service: chosen }, search))}
      />
      <ChoiceFilter label="Release" name="b" value={b} options={own} />
      <ChoiceFilter label="Against" name="a" value={a} options={own} />
    </FilterForm>
  );
}

function ReleaseTable({ releases }: { readonly releases: readonly ReleaseRow[] }) {
  const { search } = useApp().view.value;
  const columns: Column<ReleaseRow>[] = [
    {
      id: "release",
      head: "Release",
      isMain: true,
      cell: ({ service, release }) => (
        <>
          <b>{release}</b>
          <small>
            <a class="link" href={toService(service, search)}>
              {service}
            </a>
          </small>
        </>
      ),
    },
    {
      ...numberColumn<ReleaseRow>("first", "first seen", (row) => row.firstSeenMs, formatCount),
      cell: ({ firstSeenMs }) => <Age ms={firstSeenMs} />,
    },
    {
      ...numberColumn<ReleaseRow>("last", "last seen", (row) => row.lastSeenMs, formatCount, {
        isSecondary: true,
      }),
      cell: ({ lastSeenMs }) => <Age ms={lastSeenMs} />,
    },
    numberColumn("requests", "requests", (row) => row.requests, formatShortCount, { isSecondary: true }),
    numberColumn(
      "failed",
      "failed %",
      ({ failed, requests }) => (requests === 0 ? null : failed / requests),
      formatShare,
    ),
    {
      id: "compare",
      head: "compare",
      isHeadUnseen: true,
      align: "end",
      cell: ({ service, release, previous }) =>
        previous === null ? (
          <span class="muted" title="The first one that is known">
            {UNKNOWN}
          </span>
        ) : (
          <a class="link" href={toReleases({ service, a: previous, b: release }, search)}>
            against {previous}
          </a>
        ),
    },
  ];
  return (
    <Table
      caption="Releases"
      columns={columns}
      rows={releases}
      rowKey={({ service, release }) => `${service}\n${release}`}
    />
  );
}
