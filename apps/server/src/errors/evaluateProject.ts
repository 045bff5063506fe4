/** One look at a project's errors: new ones, and decisions that ended. Each is told once, however many instances look. */
import { randomUUIDv7 } from "node:crypto";
import type { ControlStore } from "../engines/control/index.ts";
import type { Scope, ScopedReader } from "../engines/telemetry/index.ts";
import { readNewErrors, readReleaseStarts, readSightings } from "../insight/errorGroups/index.ts";
import { insertEvent, selectGroups, type GroupRow } from "./groupRows.ts";
import { transitionOf, type Transition } from "./transitions.ts";

/** An error that arrived longer ago and was not told yet is told no more: nobody looked for a day. */
const NEW_MS = 86_400_000;
/** A sender that makes every error another one must not fill the control store. */
const NEW_PER_DAY_MAX = 1000;
const NEW_AT_ONCE_MAX = 200;

export interface EvaluatedProject {
  readonly scope: Scope;
  readonly control: ControlStore;
  readonly reader: ScopedReader;
  readonly nowMs: number;
  /** Nothing is done when it was looked at less long ago, by whichever instance. */
  readonly everyMs: number;
}

/** @returns number of events written; null when it was another's turn */
export async function evaluateErrors(of: EvaluatedProject): Promise<number | null> {
  if (!(await claim(of))) return null;
  const told = await tellNew(of);
  return told + (await endDecisions(of));
}

async function claim({ control, scope, everyMs }: EvaluatedProject): Promise<boolean> {
  const claimed = await control.query(
    `insert into error_evaluations (tenant_id, project_id, evaluated_at)
     select tenant_id, id, clock_timestamp() from projects where tenant_id = $1 and id = $2
     on conflict (tenant_id, project_id) do update set evaluated_at = excluded.evaluated_at
       where error_evaluations.evaluated_at <= excluded.evaluated_at - make_interval(secs => $3::float8)
     returning project_id`,
    [scope.tenantId, scope.projectId, everyMs / 1000],
  );
  return claimed.length > 0;
}

/** The unique index on first sightings decides between instances. */
async function tellNew({ control, reader, scope, nowMs }: EvaluatedProject): Promise<number> {
  const told = await control.query<{ fingerprint: string }>(
    `select fingerprint from error_events
     where tenant_id = $1 and project_id = $2 and kind = 'first-seen' and at >= $3 limit ${2 * NEW_PER_DAY_MAX}`,
    [scope.tenantId, scope.projectId, new Date(nowMs - 2 * NEW_MS)],
  );
  const limit = Math.min(NEW_AT_ONCE_MAX, NEW_PER_DAY_MAX - told.length);
  if (limit <= 0) return 0;
  const known = told.map(({ fingerprint }) => fingerprint);
  let written = 0;
  for (const { firstSeenMs: _firstSeenMs, ...error } of await readNewErrors(
    reader,
    nowMs - NEW_MS,
    known,
    limit,
  )) {
    const event = {
      ...error,
      at: new Date(nowMs),
      kind: "first-seen",
      actorKind: "system",
      actorId: null,
    } as const;
    if (await insertEvent(control, scope, randomUUIDv7(), event)) written += 1;
  }
  return written;
}

async function endDecisions(of: EvaluatedProject): Promise<number> {
  const { control, reader, scope, nowMs } = of;
  const groups = await selectGroups(control, scope, ["resolved", "ignored"]);
  if (groups.length === 0) return 0;
  const sightings = await readSightings(
    reader,
    groups.map(({ fingerprint }) => fingerprint),
  );
  const services = new Set(sightings.map(({ service }) => service));
  const hasReleases = groups.some(({ resolvedRelease }) => resolvedRelease !== null);
  const starts = hasReleases ? await readReleaseStarts(reader, [...services]) : new Map<string, number>();
  const byGroup = Map.groupBy(sightings, ({ fingerprint }) => fingerprint);
  let written = 0;
  for (const group of groups) {
    const transition = transitionOf(group, byGroup.get(group.fingerprint) ?? [], starts, nowMs);
    if (transition !== null && (await write(of, group, transition))) written += 1;
  }
  return written;
}

/** @returns false where somebody decided otherwise meanwhile, or another instance was first */
async function write(
  { control, scope, nowMs }: EvaluatedProject,
  { fingerprint, version }: GroupRow,
  { kind, seen }: Transition,
): Promise<boolean> {
  return await control.transaction(async (tx) => {
    const changed = await tx.query(
      `update error_groups set status = $5, since = clock_timestamp(), version = version + 1, resolved_release = null,
         ignored_until = null, ignored_count = null
       where tenant_id = $1 and project_id = $2 and fingerprint = $3 and version = $4::bigint returning fingerprint`,
      [scope.tenantId, scope.projectId, fingerprint, version, kind === "regressed" ? "regressed" : "open"],
    );
    if (changed.length === 0) return false;
    await insertEvent(tx, scope, randomUUIDv7(), {
      ...seen,
      fingerprint,
      kind,
      at: new Date(nowMs),
      actorKind: "system",
      actorId: null,
    });
    return true;
  });
}
