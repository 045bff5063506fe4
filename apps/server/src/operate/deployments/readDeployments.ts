/** Reading deployments: a page of a list, and those that were under way in a range. */
import type { Deployment, DeploymentFilter } from "@throughline/contract";
import { z } from "zod";
import type { ControlStore, SqlValue } from "../../engines/control/index.ts";
import { decodeCursor, encodeCursor } from "../../insight/index.ts";
import { COLUMNS, deploymentOf, type DeploymentRow } from "./row.ts";

export interface ProjectScope {
  readonly tenantId: string;
  readonly projectId: string;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** More than a chart can tell apart, or a person reads. */
const IN_RANGE_MAX = 200;
const cursorShape = z.object({ startedAtMs: z.number(), id: z.string() });

/** Newest start first. @throws {CursorError} */
export async function listDeployments(
  control: ControlStore,
  scope: ProjectScope,
  filter: DeploymentFilter,
  window: Window | null,
): Promise<{ readonly deployments: Deployment[]; readonly nextCursor: string | null }> {
  const after = decodeCursor(filter.cursor, cursorShape);
  const params: SqlValue[] = [scope.projectId];
  const bind = (value: SqlValue): string => `$${params.push(value)}`;
  const clauses = ["project_id = $1"];
  for (const column of ["service", "environment", "release", "status"] as const) {
    const wanted = filter[column];
    if (wanted !== undefined && wanted !== "") clauses.push(`${column} = ${bind(wanted)}`);
  }
  if (window !== null)
    clauses.push(
      `started_at >= ${bind(new Date(window.fromMs))} and started_at < ${bind(new Date(window.toMs))}`,
    );
  if (after !== undefined)
    clauses.push(`(started_at, id) < (${bind(new Date(after.startedAtMs))}::timestamptz, ${bind(after.id)})`);
  const rows = await control.readAsTenant(scope.tenantId, (tx) =>
    tx.query<DeploymentRow>(
      `select ${COLUMNS} from deployments where ${clauses.join(" and ")}
       order by started_at desc, id desc limit ${filter.limit + 1}`,
      params,
    ),
  );
  const deployments = rows.slice(0, filter.limit).map(deploymentOf);
  const last = deployments.at(-1);
  const hasMore = rows.length > filter.limit && last !== undefined;
  return {
    deployments,
    nextCursor: hasMore ? encodeCursor({ startedAtMs: last.startedAtMs, id: last.id }) : null,
  };
}

/** Those that ended in the range, or started in it and have not ended; newest first, at most two hundred. */
export async function deploymentsIn(
  control: ControlStore,
  scope: ProjectScope,
  { fromMs, toMs }: Window,
): Promise<Deployment[]> {
  const rows = await control.readAsTenant(scope.tenantId, (tx) =>
    tx.query<DeploymentRow>(
      `select ${COLUMNS} from deployments
       where project_id = $1 and coalesce(finished_at, started_at) >= $2 and coalesce(finished_at, started_at) < $3
       order by coalesce(finished_at, started_at) desc, id desc limit ${IN_RANGE_MAX}`,
      [scope.projectId, new Date(fromMs), new Date(toMs)],
    ),
  );
  return rows.map(deploymentOf);
}
