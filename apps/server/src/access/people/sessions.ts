/** A person's own sessions. The tables of people belong to the owner alone, so every statement names the person. */
import type { SessionList } from "@throughline/contract";
import type { ControlStore } from "../../engines/control/store.ts";
import { type AuditContext, auditedAsOwner } from "../audit/audited.ts";
import type { PersonPrincipal } from "../principal.ts";
import { IDLE_DAYS_MAX } from "../principals.ts";
import { AccessError } from "../problems.ts";

interface SessionRow {
  readonly id: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly is_sso: boolean;
}

/** Those that still work, last used first. */
export async function readSessions(control: ControlStore, person: PersonPrincipal): Promise<SessionList> {
  const rows = await control.query<SessionRow>(
    `select id, created_at, last_seen_at, expires_at, ip_address, user_agent, sso_provider_id is not null as is_sso
     from sessions where user_id = $1 and expires_at > now() and last_seen_at > now() - make_interval(days => $2)
     order by last_seen_at desc, id desc limit 500`,
    [person.userId, IDLE_DAYS_MAX],
  );
  return {
    sessions: rows.map((row) => ({
      id: row.id,
      isCurrent: row.id === person.sessionId,
      createdAtMs: row.created_at.getTime(),
      lastSeenAtMs: row.last_seen_at.getTime(),
      expiresAtMs: row.expires_at.getTime(),
      address: row.ip_address ?? "",
      userAgent: row.user_agent ?? "",
      isSingleSignOn: row.is_sso,
    })),
  };
}

/** @throws {AccessError} unknown_session */
export async function revokeSession(context: AuditContext, userId: string, sessionId: string): Promise<void> {
  const deed = { action: "session.revoke", target: { kind: "session", id: sessionId } };
  await auditedAsOwner(context, deed, async (tx) => {
    const ended = await tx.query("delete from sessions where id = $1 and user_id = $2 returning id", [
      sessionId,
      userId,
    ]);
    if (ended.length === 0)
      throw new AccessError("unknown_session", "You have no such session: it may have ended.");
  });
}

/** All but the one that asks. @returns how many */
export async function revokeOtherSessions(context: AuditContext, person: PersonPrincipal): Promise<number> {
  const deed = { action: "session.revoke-others", target: { kind: "person", id: person.userId } };
  return await auditedAsOwner(context, deed, async (tx, note) => {
    const ended = await tx.query("delete from sessions where user_id = $1 and id <> $2 returning id", [
      person.userId,
      person.sessionId,
    ]);
    note.detail = { sessions: ended.length };
    return ended.length;
  });
}
