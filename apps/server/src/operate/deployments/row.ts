/** A row of `deployments`, and what leaves of it. */
import type { Deployment, DeploymentStatus } from "@throughline/contract";

export interface DeploymentRow {
  readonly id: string;
  readonly service: string;
  readonly release: string;
  readonly environment: string;
  readonly git_sha: string;
  readonly branch: string;
  readonly author: string;
  readonly source: string;
  readonly url: string;
  readonly message: string;
  readonly status: DeploymentStatus;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly has_start: boolean;
}

export const COLUMNS =
  "id, service, release, environment, git_sha, branch, author, source, url, message, status, started_at, finished_at, has_start";

export function deploymentOf(row: DeploymentRow): Deployment {
  const startedAtMs = row.started_at.getTime();
  const finishedAtMs = row.finished_at?.getTime() ?? null;
  return {
    id: row.id,
    service: row.service,
    release: row.release,
    environment: row.environment,
    gitSha: row.git_sha,
    branch: row.branch,
    author: row.author,
    source: row.source,
    url: row.url,
    message: row.message,
    status: row.status,
    startedAtMs,
    finishedAtMs,
    durationMs: finishedAtMs === null || !row.has_start ? null : finishedAtMs - startedAtMs,
  };
}
