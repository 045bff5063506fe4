/** Who does what, and who keeps whom waiting. */
import type { DatabaseActivity, DatabaseSnapshot } from "@throughline/contract";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { numberColumn, Table } from "../ui/Table.tsx";
import { formatDuration, formatShortCount, UNKNOWN } from "../ui/format.ts";

export function Activity({ snapshot }: { readonly snapshot: DatabaseSnapshot }) {
  const { activity, locks } = snapshot;
  const roots = activity.filter(
    ({ pid, blockedBy }) =>
      activity.some((each) => each.blockedBy.includes(pid)) &&
      !blockedBy.some((by) => activity.some((each) => each.pid === by)),
  );
  return (
    <>
      <Card title="Who blocks whom" aside="at the last look">
        {roots.length === 0 ? (
          <p class="card-empty">Nobody waits for a lock of another session.</p>
        ) : (
          <ul class="lock-tree">
            {roots.map((root) => (
              <Blocker key={root.pid} session={root} all={activity} above={[]} />
            ))}
          </ul>
        )}
      </Card>
      <Card title="Sessions" isFlush aside={`${activity.length} of this database, longest transaction first`}>
        {activity.length === 0 ? (
          <EmptyState title="Nobody else is connected">
            Or the role may not see others: the check says so.
          </EmptyState>
        ) : (
          <Table<DatabaseActivity>
            caption="Sessions"
            rows={activity}
            rowKey={({ pid }) => String(pid)}
            columns={[
              {
                id: "statement",
                head: "Statement",
                isMain: true,
                cell: ({ statement, pid, username, applicationName }) => (
                  <>
                    <code class="database-statement" title={statement}>
                      {statement === "" ? "not shown" : statement}
                    </code>
                    <small>{[`process ${pid}`, username, applicationName].filter(Boolean).join(" · ")}</small>
                  </>
                ),
              },
              { id: "state", head: "State", cell: ({ state }) => state || UNKNOWN },
              {
                id: "waits",
                head: "Waits for",
                isSecondary: true,
                cell: ({ waitsFor }) => waitsFor || UNKNOWN,
              },
              numberColumn("transaction", "transaction", (row) => row.transactionMs, optionalDuration),
              numberColumn("since", "in this state", (row) => row.stateMs, optionalDuration, {
                isSecondary: true,
              }),
            ]}
          />
        )}
      </Card>
      <Card title="Locks" isFlush>
        {locks.length === 0 ? (
          <p class="card-empty">No locks of other sessions.</p>
        ) : (
          <Table<DatabaseSnapshot["locks"][number]>
            caption="Locks"
            rows={locks}
            rowKey={({ mode, isGranted }) => `${mode} ${String(isGranted)}`}
            columns={[
              { id: "mode", head: "Mode", isMain: true, cell: ({ mode }) => mode },
              {
                id: "granted",
                head: "Held or waited for",
                cell: ({ isGranted }) => (isGranted ? "held" : <Badge tone="warn">waited for</Badge>),
              },
              numberColumn(
                "count",
                "count",
                (row) => row.count,
                (value) => formatShortCount(value ?? 0),
              ),
            ]}
          />
        )}
      </Card>
    </>
  );
}

const optionalDuration = (value: number | null): string =>
  value === null ? UNKNOWN : formatDuration(Math.max(0, value));

function Blocker({
  session,
  all,
  above,
}: {
  readonly session: DatabaseActivity;
  readonly all: readonly DatabaseActivity[];
  /** A session that waits for itself through others would never end. */
  readonly above: readonly number[];
}) {
  const { pid, username, state, statement, transactionMs, blockedBy, lockedTable, lockMode, stateMs } =
    session;
  const waiting = all.filter((each) => each.blockedBy.includes(pid) && !above.includes(each.pid));
  const isWaiting = blockedBy.length > 0;
  return (
    <li>
      <p>
        <Badge tone={isWaiting ? "warn" : "bad"}>{isWaiting ? "waits" : "blocks"}</Badge> <b>process {pid}</b>{" "}
        {username} · {state}
        {isWaiting
          ? ` · for ${optionalDuration(stateMs)}`
          : ` · transaction open for ${optionalDuration(transactionMs)}`}
        {lockedTable === "" ? "" : ` · ${lockMode} on ${lockedTable}`}
      </p>
      <code class="database-statement">{statement === "" ? "not shown" : statement}</code>
      {isWaiting || state !== "idle in transaction" ? null : (
        <p class="database-said">
          It does nothing and keeps its locks: the application has to commit or roll back. To end it:{" "}
          <code>select pg_terminate_backend({pid});</code>
        </p>
      )}
      {waiting.length === 0 ? null : (
        <ul>
          {waiting.map((each) => (
            <Blocker key={each.pid} session={each} all={all} above={[...above, pid]} />
          ))}
        </ul>
      )}
    </li>
  );
}
