/** What was done and refused in the organisation, by whom. The address is the whole filter: it can be sent to somebody. */
import type { AuditEntry, AuditPage as AuditData } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { toAudit, toAuditExport } from "../paths.ts";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Table, type Column } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";
import { AuditFilters } from "./AuditFilters.tsx";
import { readAuditFilter } from "./auditFilter.ts";
import { SettingsTabs } from "./SettingsTabs.tsx";

const TONES: Readonly<Record<AuditEntry["result"], Tone>> = {
  done: "neutral",
  refused: "warn",
  failed: "bad",
};

export function AuditPage({ data, search }: PageProps<AuditData>) {
  const { view } = useApp();
  const { entries, nextCursor, actions } = data.value;
  const filter = readAuditFilter(search);
  const { cursor, ...unpaged } = filter;
  const isFiltered = Object.keys(unpaged).length > 0;
  return (
    <div class="stack">
      <SettingsTabs />
      <AuditFilters key={view.value.search.toString()} filter={unpaged} actions={actions} />
      <Card
        title={cursor === undefined ? "Newest first" : "Newest first, continued"}
        isFlush
        aside={
          <span class="audit-exports">
            <a class="link" href={toAuditExport("csv", search)} download>
              Export CSV
            </a>
            <a class="link" href={toAuditExport("json", search)} download>
              JSON
            </a>
          </span>
        }
      >
        {entries.length === 0 ? (
          <EmptyState
            title={isFiltered ? "No line matches this filter" : "Nothing was done yet"}
            action={
              isFiltered ? <ButtonLink href={toAudit({}, search)}>Clear the filter</ButtonLink> : undefined
            }
          />
        ) : (
          <Table caption="Audit log" columns={COLUMNS} rows={entries} rowKey={({ id }) => id} />
        )}
      </Card>
      <nav class="pager" aria-label="More lines">
        {cursor === undefined ? null : <ButtonLink href={toAudit(unpaged, search)}>Newest</ButtonLink>}
        {nextCursor === null ? null : (
          <ButtonLink href={toAudit({ ...unpaged, cursor: nextCursor }, search)}>Older lines</ButtonLink>
        )}
      </nav>
    </div>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: "time", head: "Time", isSecondary: true, cell: ({ atMs }) => <Time ms={atMs} /> },
  {
    id: "who",
    head: "Who",
    cell: ({ actor, address, atMs }) => (
      <div class="audit-who">
        <span title={actor.email}>{whoOf(actor)}</span>
        <small>
          {address}
          <span class="narrow-only">
            {" "}
            <Time ms={atMs} precision="minute" />
          </span>
        </small>
      </div>
    ),
  },
  {
    id: "what",
    head: "What",
    isMain: true,
    cell: (entry) => {
      const { action, target, why } = entry;
      const details = detailsOf(entry);
      return (
        <>
          <code>{action}</code> {target.name === "" ? target.kind : target.name}
          {why === "" ? null : <small title={why}>“{why}”</small>}
          {details === "" ? null : <small title={details}>{details}</small>}
        </>
      );
    },
  },
  {
    id: "result",
    head: "result",
    cell: ({ result }) => <Badge tone={TONES[result]}>{result}</Badge>,
  },
];

function whoOf({ kind, name, email }: AuditEntry["actor"]): string {
  if (name !== "") return kind === "api-key" ? `key ${name}` : name;
  if (email !== "") return email;
  return kind === "nobody" ? "not signed in" : kind === "system" ? "the server" : "deleted";
}

/** "role: ADMIN · reason.code: forbidden" */
function detailsOf({ detail }: AuditEntry): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
