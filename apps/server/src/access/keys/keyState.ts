/** What lists say about a key, of either kind. */
import type { KeyState } from "@throughline/contract";

const SOON_MS = 7 * 24 * 3_600_000;

/** Columns that both tables have, of the table `k`, with the maker `p` of the view `people`. */
export const KEY_COLUMNS = `k.id, k.name, k.prefix, k.created_at, coalesce(p.name, '') as created_by, k.last_used_at,
  k.expires_at, k.revoked_at, k.replaces`;

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly created_at: Date;
  readonly created_by: string;
  readonly last_used_at: Date | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly replaces: string | null;
}

export function shownKey(row: KeyRow, nowMs: number, hasMaker = true) {
  const expiresAtMs = row.expires_at?.getTime() ?? null;
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    state: stateOf(row.revoked_at !== null, expiresAtMs, nowMs, hasMaker),
    createdAtMs: row.created_at.getTime(),
    createdBy: row.created_by,
    lastUsedAtMs: row.last_used_at?.getTime() ?? null,
    expiresAtMs,
    revokedAtMs: row.revoked_at?.getTime() ?? null,
    replaces: row.replaces,
  };
}

function stateOf(isRevoked: boolean, expiresAtMs: number | null, nowMs: number, hasMaker: boolean): KeyState {
  if (isRevoked) return "revoked";
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return "expired";
  if (!hasMaker) return "without-maker";
  return expiresAtMs !== null && expiresAtMs - nowMs < SOON_MS ? "expiring" : "active";
}

/** When the key that takes over ends: after as long a life as the old one was given. */
export function expiryOfSuccessor(
  { created_at: createdAt, expires_at: expiresAt }: { created_at: Date; expires_at: Date | null },
  nowMs: number,
): Date | null {
  return expiresAt === null ? null : new Date(nowMs + (expiresAt.getTime() - createdAt.getTime()));
}

export function daysFrom(nowMs: number, days: number | null): Date | null {
  return days === null ? null : new Date(nowMs + days * 24 * 3_600_000);
}
