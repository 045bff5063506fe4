/** Slow statements with their plans: the expensive node marked, and what would help. */
import type {
  DatabasePage as DatabasePageData,
  DatabasePlan,
  PlanFinding,
  PlanNode,
} from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { useApp } from "../data/appState.ts";
import { toDatabase, toQuery } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { Code } from "../ui/Code.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Age } from "../ui/Time.tsx";
import { formatDuration, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";

export function Plans({
  data: { plans, database },
  only,
}: {
  readonly data: DatabasePageData;
  /** Statement id: the plans of that one alone. */
  readonly only: string | null;
}) {
  const { search } = useApp().view.value;
  if (plans.length === 0)
    return (
      <Card title="Plans">
        <EmptyState title={`No statement takes ${formatDuration(database.slowMs)} and more in the mean`}>
          Slower ones are explained by themselves, without running them. pg_stat_statements has to be
          installed.
        </EmptyState>
      </Card>
    );
  const numbered = plans.map((plan, at) => ({ plan, number: at + 1 }));
  const shown = only === null ? numbered : numbered.filter(({ plan }) => plan.statementId === only);
  const all = (
    <a class="link" href={toDatabase(database.id, search, "plans")}>
      Plans of all statements
    </a>
  );
  return (
    <>
      {only === null ? null : <p class="database-said">One statement is shown. {all}</p>}
      {shown.length === 0 ? (
        <Card title="Plans">
          <EmptyState title="No plan of this statement is kept any more">
            It was not slow for 30 days, or the address is of another database.
          </EmptyState>
        </Card>
      ) : null}
      {shown.map(({ plan, number }) => (
        <PlanCard
          key={`${plan.statementId} ${plan.planHash}`}
          plan={plan}
          title={`Statement ${number}`}
          statement={
            <>
              <Code text={plan.statement} label={`The text of statement ${number}, without its values`} />
              {plan.queryHash === null ? null : (
                <p class="database-said">
                  <a class="link" href={toQuery(plan.queryHash, search)}>
                    As services ran it: durations, endpoints, traces
                  </a>
                </p>
              )}
            </>
          }
        />
      ))}
    </>
  );
}

/** What PostgreSQL would do, and what would help. */
export function PlanCard({
  plan,
  title,
  statement = null,
  link = null,
}: {
  readonly plan: Omit<DatabasePlan, "queryHash">;
  readonly title: string;
  /** Where the page does not show it already. */
  readonly statement?: ComponentChildren;
  readonly link?: ComponentChildren;
}) {
  const { findings, problem, meanMs, lastSeenMs, isChanged } = plan;
  const advice = findings.find(({ kind }) => kind === "missing_index");
  return (
    <Card
      title={advice === undefined ? title : `${title}: an index is missing`}
      aside={
        <>
          {isChanged ? <Badge tone="warn">plan changed</Badge> : null} mean {formatDuration(meanMs)} · planned{" "}
          <Age ms={lastSeenMs} />
        </>
      }
    >
      {statement}
      {findings.map((finding) => (
        <Finding key={`${finding.kind} ${finding.table} ${finding.text}`} finding={finding} of={title} />
      ))}
      {plan.plan === null ? (
        <p class="database-said">Not explained: {problem}</p>
      ) : (
        <details class="plan" open={findings.length > 0}>
          <summary>Plan for any values</summary>
          <ul>
            <Node node={plan.plan} dearest={dearestOf(plan.plan)} total={plan.plan.totalCost} />
          </ul>
        </details>
      )}
      {link}
    </Card>
  );
}

function Finding({ finding, of }: { readonly finding: PlanFinding; readonly of: string }) {
  const { kind, text, sql, costShare } = finding;
  return (
    <div class="plan-finding">
      <p>
        <Badge tone="warn">{kind === "missing_index" ? "missing index" : "reads all"}</Badge> {text}
      </p>
      {sql === "" ? null : <Code text={sql} label={`SQL that makes an index on ${finding.table}: ${of}`} />}
      {sql === "" ? null : (
        <p class="database-said">
          {costShare === null
            ? "What it would gain is not known: hypopg is not installed, or could not tell."
            : `With it PostgreSQL expects ${formatShare(costShare)} % of the cost (imagined with hypopg).`}{" "}
          Every index makes writes slower.
        </p>
      )}
    </div>
  );
}

/** The node that costs most by itself. */
function dearestOf(node: PlanNode): PlanNode {
  return node.children
    .map(dearestOf)
    .reduce((dearest, each) => (each.ownCost > dearest.ownCost ? each : dearest), node);
}

function Node({
  node,
  dearest,
  total,
}: {
  readonly node: PlanNode;
  readonly dearest: PlanNode;
  readonly total: number;
}) {
  const { type, of, index, conditions, rows, totalCost, ownCost, children } = node;
  const isDearest = node === dearest;
  const where = [of === "" ? "" : `on ${of}`, index === "" ? "" : `by ${index}`].filter(Boolean).join(" ");
  return (
    <li>
      <p class={isDearest ? "plan-dearest" : undefined}>
        <b>{type}</b> {where}{" "}
        <small>
          about {formatShortCount(rows)} rows · cost {formatNumber(totalCost)}
        </small>{" "}
        {isDearest && total > 0 ? (
          <Badge tone="bad">{`${formatShare(Math.min(1, ownCost / total))} % of the cost`}</Badge>
        ) : null}
      </p>
      {conditions.map((condition) => (
        <code key={condition}>{condition}</code>
      ))}
      {children.length === 0 ? null : (
        <ul>
          {children.map((child, at) => (
            <Node key={at} node={child} dearest={dearest} total={total} />
          ))}
        </ul>
      )}
    </li>
  );
}
