/** Slow statements with their plans: the expensive node marked, and what would help. */
import type { DatabasePlan, PlanFinding, PlanNode } from "@throughline/contract";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { Code } from "../ui/Code.tsx";
import { EmptyState } from "../ui/States.tsx";
import { Age } from "../ui/Time.tsx";
import { formatDuration, formatNumber, formatShare, formatShortCount } from "../ui/format.ts";

export function Plans({
  plans,
  slowMs,
}: {
  readonly plans: readonly DatabasePlan[];
  readonly slowMs: number;
}) {
  if (plans.length === 0)
    return (
      <Card title="Plans">
        <EmptyState title={`No statement takes ${formatDuration(slowMs)} and more in the mean`}>
          Slower ones are explained by themselves, without running them. pg_stat_statements has to be
          installed.
        </EmptyState>
      </Card>
    );
  return (
    <>
      {plans.map((plan, at) => (
        <PlanCard key={`${plan.statementId} ${plan.planHash}`} plan={plan} number={at + 1} />
      ))}
    </>
  );
}

function PlanCard({ plan, number }: { readonly plan: DatabasePlan; readonly number: number }) {
  const { statement, findings, problem, meanMs, lastSeenMs, isChanged } = plan;
  const advice = findings.find(({ kind }) => kind === "missing_index");
  return (
    <Card
      title={advice === undefined ? `Statement ${number}` : `Statement ${number}: an index is missing`}
      aside={
        <>
          {isChanged ? <Badge tone="warn">plan changed</Badge> : null} mean {formatDuration(meanMs)} · planned{" "}
          <Age ms={lastSeenMs} />
        </>
      }
    >
      <Code text={statement} label={`The text of statement ${number}, without its values`} />
      {findings.map((finding) => (
        <Finding key={`${finding.kind} ${finding.table} ${finding.text}`} finding={finding} number={number} />
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
    </Card>
  );
}

function Finding({ finding, number }: { readonly finding: PlanFinding; readonly number: number }) {
  const { kind, text, sql, costShare } = finding;
  return (
    <div class="plan-finding">
      <p>
        <Badge tone="warn">{kind === "missing_index" ? "missing index" : "reads all"}</Badge> {text}
      </p>
      {sql === "" ? null : (
        <Code text={sql} label={`SQL that makes an index on ${finding.table} for statement ${number}`} />
      )}
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
