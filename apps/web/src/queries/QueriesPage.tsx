/** What services ask their databases, ranked. The address is the whole state: it can be sent to somebody. */
import type { QueryList } from "@throughline/contract";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toQueries } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { formatDuration, formatShare, formatShortCount } from "../ui/format.ts";
import { QueryFilters } from "./QueryFilters.tsx";
import { QueryTable } from "./QueryTable.tsx";
import { readQueryFilter } from "./queryFilter.ts";
import "./queries.css";

export function QueriesPage({ data, search }: PageProps<QueryList>) {
  const { project, queries, totals, slowMs } = data.value;
  const filter = readQueryFilter(search);
  const isFiltered = [filter.service, filter.route, filter.q].some((value) => value !== undefined);
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <div class="stack">
      <QueryFilters key={search.toString()} filter={filter} slowMs={slowMs} />
      {queries.length === 0 ? null : <Totals totals={totals} />}
      <Card title="Statements" isFlush aside={`${queries.length} of ${formatShortCount(totals.statements)}`}>
        {queries.length > 0 ? (
          <QueryTable queries={queries} slowMs={slowMs} />
        ) : (
          <EmptyState
            title={isFiltered ? "No statement matches this filter" : "No database calls in this range"}
            action={
              isFiltered ? <ButtonLink href={toQueries({}, search)}>Clear the filter</ButtonLink> : undefined
            }
          >
            {isFiltered
              ? "Loosen the filter, or choose a longer range."
              : "Spans with db.system.name appear here. Switch on your OpenTelemetry SDK's instrumentation of the database driver, such as pg, mysql2 or redis, or choose a longer range."}
          </EmptyState>
        )}
      </Card>
    </div>
  );
}

function Totals({ totals }: { readonly totals: QueryList["totals"] }) {
  const { statements, executions, totalMs, shareOfRequestTime } = totals;
  return (
    <dl class="query-totals">
      <div>
        <dt>Statements</dt>
        <dd>{formatShortCount(statements)}</dd>
      </div>
      <div>
        <dt>Executions</dt>
        <dd>{formatShortCount(executions)}</dd>
      </div>
      <div>
        <dt>Time in queries</dt>
        <dd>{formatDuration(totalMs)}</dd>
      </div>
      <div title="Query time for the time that requests took. It can pass 100 % where queries run at once or outside of requests.">
        <dt>Of request time</dt>
        <dd>{shareOfRequestTime === null ? "no requests" : `${formatShare(shareOfRequestTime)} %`}</dd>
      </div>
    </dl>
  );
}
