/**
 * Writes down what a pipeline says of a deployment. Messages come twice, late and in any order:
 *
 *   nothing ─▶ started ─▶ succeeded | failed | cancelled     and each straight from nothing
 *
 * What ended stays ended: a late "started" adds what it knows (its time, a text) and nothing else, another end than the
 * first is refused. The same message again changes nothing and leaves no line in the audit log.
 */
import { randomUUIDv7 } from "node:crypto";
import type { Deployment, DeploymentChange, NewDeployment } from "@throughline/contract";
import { AccessError, type AuditContext, audited } from "../../access/index.ts";
import type { SqlExecutor } from "../../engines/control/index.ts";
import { COLUMNS, deploymentOf, type DeploymentRow } from "./row.ts";

type Context = AuditContext & { readonly tenantId: string };

export interface Recorded {
  readonly deployment: Deployment;
  readonly isNew: boolean;
}

type Texts = Pick<
  DeploymentRow,
  "service" | "release" | "environment" | "git_sha" | "branch" | "author" | "source" | "url" | "message"
>;

/** @throws {AccessError} unknown_project, conflict, invalid_input */
export async function recordDeployment(
  context: Context,
  projectId: string,
  given: Omit<NewDeployment, "project">,
  nowMs: number,
): Promise<Recorded> {
  const id = given.id ?? randomUUIDv7();
  const deed = { action: "deployment.record", target: { kind: "deployment", id, name: given.release ?? "" } };
  const known = await context.control.readAsTenant(context.tenantId, (tx) => find(tx, projectId, id));
  if (known !== undefined && isRepeat(known, given, nowMs))
    return { deployment: deploymentOf(known), isNew: false };
  return await audited(context, deed, async (tx, note) => {
    // Waits for another message of the same deployment, so that neither loses what the other said.
    await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${projectId}\n${id}`]);
    const before = await find(tx, projectId, id);
    const row = before === undefined ? firstRow(id, given, nowMs) : merged(before, given, nowMs);
    note.detail = { project: projectId, status: row.status, environment: row.environment };
    await write(tx, context.tenantId, projectId, row);
    return { deployment: deploymentOf(row), isNew: before === undefined };
  });
}

/** @throws {AccessError} unknown_deployment, conflict, invalid_input */
export async function changeDeployment(
  context: Context,
  projectId: string,
  id: string,
  given: Omit<DeploymentChange, "project">,
  nowMs: number,
): Promise<Recorded> {
  const known = await context.control.readAsTenant(context.tenantId, (tx) => find(tx, projectId, id));
  if (known === undefined)
    throw new AccessError(
      "unknown_deployment",
      `There is no deployment ${JSON.stringify(id)} in the project ${projectId}: POST /api/deployments makes one.`,
    );
  return await recordDeployment(
    context,
    projectId,
    { ...given, id, status: given.status ?? known.status },
    nowMs,
  );
}

async function find(tx: SqlExecutor, projectId: string, id: string): Promise<DeploymentRow | undefined> {
  const [row] = await tx.query<DeploymentRow>(
    `select ${COLUMNS} from deployments where project_id = $1 and id = $2`,
    [projectId, id],
  );
  return row;
}

type Given = Omit<NewDeployment, "project" | "id">;

function firstRow(id: string, given: Given, nowMs: number): DeploymentRow {
  const { status, startedAt, finishedAt } = given;
  const isOver = status !== "started";
  const finishedAtMs = isOver ? (finishedAt ?? Math.max(nowMs, startedAt ?? nowMs)) : null;
  if (!isOver && finishedAt !== undefined) throw contradiction();
  return {
    id,
    ...textsOf(given, NO_TEXTS),
    status,
    started_at: new Date(startedAt ?? finishedAtMs ?? nowMs),
    finished_at: finishedAtMs === null ? null : new Date(finishedAtMs),
    has_start: startedAt !== undefined || !isOver,
  };
}

function merged(before: DeploymentRow, given: Given, nowMs: number): DeploymentRow {
  const { status, startedAt, finishedAt } = given;
  const wasOver = before.status !== "started";
  if (wasOver && status !== "started" && status !== before.status)
    throw new AccessError(
      "conflict",
      `This deployment has ended as ${before.status} and can't become ${status}: a further attempt needs an id of its own.`,
    );
  if (!wasOver && status === "started" && finishedAt !== undefined) throw contradiction();
  const isOver = wasOver || status !== "started";
  const started = startedAt === undefined ? before.started_at : new Date(startedAt);
  const ended = isOver
    ? new Date(finishedAt ?? before.finished_at?.getTime() ?? Math.max(nowMs, started.getTime()))
    : null;
  if (ended !== null && ended < started)
    throw new AccessError(
      "invalid_input",
      "The deployment would end before it started: correct startedAt or finishedAt.",
    );
  return {
    id: before.id,
    ...textsOf(given, before),
    status: wasOver ? before.status : status,
    started_at: started,
    finished_at: ended,
    has_start: before.has_start || startedAt !== undefined,
  };
}

function contradiction(): AccessError {
  return new AccessError(
    "invalid_input",
    "A deployment with finishedAt has ended: send how (succeeded, failed, cancelled).",
  );
}

const NO_TEXTS: Texts = {
  service: "",
  release: "",
  environment: "",
  git_sha: "",
  branch: "",
  author: "",
  source: "",
  url: "",
  message: "",
};

function textsOf(given: Given, before: Texts): Texts {
  return {
    service: given.service ?? before.service,
    release: given.release ?? before.release,
    environment: given.environment ?? before.environment,
    git_sha: given.gitSha ?? before.git_sha,
    branch: given.branch ?? before.branch,
    author: given.author ?? before.author,
    source: given.source ?? before.source,
    url: given.url ?? before.url,
    message: (given.message ?? before.message).replaceAll("\0", "").toWellFormed(),
  };
}

function isRepeat(known: DeploymentRow, given: Given, nowMs: number): boolean {
  try {
    return isSame(known, merged(known, given, nowMs));
  } catch (error) {
    // The transaction refuses it again, and writes that down.
    if (error instanceof AccessError) return false;
    throw error;
  }
}

function isSame(a: DeploymentRow, b: DeploymentRow): boolean {
  return JSON.stringify(deploymentOf(a)) === JSON.stringify(deploymentOf(b)) && a.has_start === b.has_start;
}

async function write(
  tx: SqlExecutor,
  tenantId: string,
  projectId: string,
  row: DeploymentRow,
): Promise<void> {
  await tx.query(
    `insert into deployments (tenant_id, project_id, ${COLUMNS})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     on conflict (tenant_id, project_id, id) do update set service = excluded.service, release = excluded.release,
       environment = excluded.environment, git_sha = excluded.git_sha, branch = excluded.branch,
       author = excluded.author, source = excluded.source, url = excluded.url, message = excluded.message,
       status = excluded.status, started_at = excluded.started_at, finished_at = excluded.finished_at,
       has_start = excluded.has_start`,
    [
      tenantId,
      projectId,
      row.id,
      row.service,
      row.release,
      row.environment,
      row.git_sha,
      row.branch,
      row.author,
      row.source,
      row.url,
      row.message,
      row.status,
      row.started_at,
      row.finished_at,
      row.has_start,
    ],
  );
}
