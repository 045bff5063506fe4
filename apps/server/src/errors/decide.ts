/** People decide about errors: audited, with a history that every reader sees. */
import { randomUUIDv7 } from "node:crypto";
import type { ErrorDecision, ErrorEvent } from "@throughline/contract";
import { AccessError, audited, type AuditContext } from "../access/index.ts";
import type { SqlExecutor } from "../engines/control/index.ts";
import { DECIDED_MAX, insertEvent } from "./groupRows.ts";

type TenantContext = AuditContext & { readonly tenantId: string };

/** What a decision is about, as telemetry knows it. */
export interface DecidedError {
  readonly projectId: string;
  readonly fingerprint: string;
  readonly type: string;
  readonly message: string;
  readonly service: string;
  /** Ever, as far as counts are kept. */
  readonly countEver: number;
}

/** @throws {AccessError} conflict where too many are decided already, invalid_input */
export async function decideError(
  context: TenantContext,
  error: DecidedError,
  decision: ErrorDecision,
): Promise<void> {
  const { status, note } = decision;
  const release = decision.status === "resolved" ? decision.release : null;
  const until = decision.status === "ignored" ? decision.untilMs : null;
  const count = decision.status === "ignored" ? decision.untilCount : null;
  if (until !== null && until <= Date.now())
    throw new AccessError("invalid_input", "The time until which it is ignored has to lie ahead.");
  const verb = { open: "reopen", resolved: "resolve", ignored: "ignore" }[status];
  const detail = { projectId: error.projectId, status, release, untilMs: until, untilCount: count, note };
  await audited(context, { ...deedOf(error, verb), detail }, async (tx) => {
    if (status !== "open") await refuseTooMany(tx, error);
    await tx.query(
      `insert into error_groups as g (tenant_id, project_id, fingerprint, status, since, resolved_release, ignored_until,
         ignored_count, count_before)
       values ($1, $2, $3, $4, clock_timestamp(), $5, $6, $7, $8)
       on conflict (tenant_id, project_id, fingerprint) do update set status = excluded.status, since = excluded.since,
         version = g.version + 1, resolved_release = excluded.resolved_release, ignored_until = excluded.ignored_until,
         ignored_count = excluded.ignored_count, count_before = excluded.count_before`,
      [
        context.tenantId,
        error.projectId,
        error.fingerprint,
        status,
        release,
        until === null ? null : new Date(until),
        count,
        error.countEver,
      ],
    );
    const kind = status === "open" ? "reopened" : status;
    await tell(tx, context, error, { kind, release: release ?? undefined, note });
  });
}

/** @throws {AccessError} invalid_input */
export async function giveError(
  context: TenantContext,
  error: DecidedError,
  ownerId: string | null,
): Promise<void> {
  const detail = { projectId: error.projectId, ownerId };
  await audited(context, { ...deedOf(error, "assign"), detail }, async (tx) => {
    if (ownerId !== null) {
      const found = await tx.query("select from members where user_id = $1", [ownerId]);
      if (found.length === 0)
        throw new AccessError("invalid_input", "The owner is not a member of this organisation.");
      await refuseTooMany(tx, error);
    }
    await tx.query(
      `insert into error_groups as g (tenant_id, project_id, fingerprint, since, owner_id)
       values ($1, $2, $3, clock_timestamp(), $4)
       on conflict (tenant_id, project_id, fingerprint) do update set owner_id = excluded.owner_id`,
      [context.tenantId, error.projectId, error.fingerprint, ownerId],
    );
    await tell(tx, context, error, { kind: "assigned", ownerId });
  });
}

function deedOf({ fingerprint, type }: DecidedError, verb: string) {
  return { action: `error.${verb}`, target: { kind: "error", id: fingerprint, name: type } };
}

async function refuseTooMany(tx: SqlExecutor, { projectId, fingerprint }: DecidedError): Promise<void> {
  const [row] = await tx.query<{ n: number }>(
    "select count(*)::int as n from error_groups where project_id = $1 and fingerprint <> $2 and status <> 'open'",
    [projectId, fingerprint],
  );
  if ((row?.n ?? 0) >= DECIDED_MAX)
    throw new AccessError(
      "conflict",
      `This project has ${DECIDED_MAX} resolved or ignored errors already: reopen some that no longer matter.`,
    );
}

async function tell(
  tx: SqlExecutor,
  { tenantId, actor }: TenantContext,
  error: DecidedError,
  what: {
    readonly kind: ErrorEvent["kind"];
    readonly release?: string | undefined;
    readonly note?: string;
    readonly ownerId?: string | null;
  },
): Promise<void> {
  const { projectId, fingerprint, service, type, message } = error;
  await insertEvent(tx, { tenantId, projectId }, randomUUIDv7(), {
    fingerprint,
    service,
    type,
    message,
    at: new Date(),
    actorKind: actor.kind,
    actorId: actor.id,
    ...what,
  });
}
