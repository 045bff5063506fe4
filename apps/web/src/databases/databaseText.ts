/** Words about watched databases. */
import type { MonitoredDatabase } from "@throughline/contract";
import type { Tone } from "../ui/Badge.tsx";

/** For a server of version 14 and later. */
export const ROLE_SQL = `create role throughline login password 'choose-a-long-one' connection limit 3;
grant pg_monitor to throughline;        -- activity, locks and statements of others
grant pg_read_all_data to throughline;  -- PostgreSQL plans a statement only for who may read its tables
create extension if not exists pg_stat_statements;
create extension if not exists hypopg;  -- optional: tells what an index would gain`;

type Stated = Pick<MonitoredDatabase, "state">;

export function stateWord({ state }: Stated): string {
  return { ok: "watched", failing: "failing", waiting: "first look soon", off: "switched off" }[state.status];
}

export function stateTone({ state }: Stated): Tone {
  return ({ ok: "good", failing: "bad", waiting: "neutral", off: "neutral" } as const)[state.status];
}
