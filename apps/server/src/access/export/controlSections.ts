/** The control data of an export: what is stored about the organisation, without secrets and their hashes. */
import type { SqlExecutor } from "../../engines/control/store.ts";

/**
 * A statement a section, read as the tenant. Each names its columns, so that a new one with a secret in it does not go
 * out by itself; a test compares the tables with the schema, so that none is forgotten. The audit log comes in pages.
 */
export const CONTROL_SECTIONS: Readonly<Record<string, { readonly table: string; readonly sql: string }>> = {
  organisation: { table: "tenants", sql: "select id, name, created_at from tenants" },
  projects: { table: "projects", sql: "select id, name, created_at from projects order by id" },
  members: {
    table: "members",
    sql: `select m.user_id, p.name, p.email, m.role, m.sees_all_projects, m.joined_at
          from members m left join people p on p.id = m.user_id order by m.user_id`,
  },
  member_projects: {
    table: "member_projects",
    sql: "select user_id, project_id from member_projects order by user_id, project_id",
  },
  invitations: {
    table: "invitations",
    sql: `select id, email, role, project_ids, invited_by, created_at, expires_at, accepted_at, revoked_at
          from invitations order by id`,
  },
  ingest_keys: {
    table: "ingest_keys",
    sql: `select id, project_id, name, prefix, kind, allowed_origins, created_by, created_at, last_used_at, expires_at,
                 revoked_at, replaces from ingest_keys order by id`,
  },
  api_keys: {
    table: "api_keys",
    sql: `select id, name, prefix, scopes, project_ids, created_by, created_at, last_used_at, expires_at, revoked_at, replaces
          from api_keys order by id`,
  },
  sso_providers: {
    table: "sso_providers",
    sql: `select id, name, issuer, client_id, scopes, groups_claim, role_by_group, default_role, email_domains, is_enabled,
                 created_at from sso_providers order by id`,
  },
  deployments: {
    table: "deployments",
    sql: `select project_id, id, service, release, environment, git_sha, branch, author, source, url, message, status,
                 started_at, finished_at, has_start, recorded_at from deployments order by project_id, started_at, id`,
  },
  source_maps: {
    table: "source_maps",
    sql: `select id, project_id, release, file_url, length(map) as size_bytes, created_at from source_maps order by id`,
  },
  quotas: { table: "quotas", sql: "select kind, daily_max from quotas order by kind" },
  retention: { table: "retention", sql: "select raw_days, aggregate_days, changed_at from retention" },
  usage_days: {
    table: "usage_days",
    sql: `select to_char(day, 'YYYY-MM-DD') as day, spans, logs, points, events from usage_days order by day`,
  },
  budgets: {
    table: "budgets",
    sql: `select id, project_id, page, device, metric, target, owner_id, note, created_at, changed_at from budgets order by id`,
  },
  budget_changes: {
    table: "budget_changes",
    sql: `select id, project_id, budget_id, at, action, actor_kind, actor_id, page, device, metric, target_before, target_after,
                 owner_before, owner_after from budget_changes order by id`,
  },
  budget_states: {
    table: "budget_states",
    sql: `select project_id, page, device, metric, is_over, target, since from budget_states
          order by project_id, page, device, metric`,
  },
  budget_events: {
    table: "budget_events",
    sql: `select id, project_id, at, kind, page, device, metric, target, budget_id, p75, low, high, n::float8 as n,
                 over_count::float8 as over_count, window_from, window_to from budget_events order by id`,
  },
  budget_evaluations: {
    table: "budget_evaluations",
    sql: "select project_id, evaluated_at from budget_evaluations order by project_id",
  },
  databases: {
    table: "databases",
    sql: `select id, project_id, name, host, port, database_name, username, tls_mode, ca_certificate, statement_timeout_ms,
                 every_seconds, slow_ms, is_enabled, created_at, changed_at from databases order by id`,
  },
  database_states: {
    table: "database_states",
    sql: "select database_id, tried_at, ok_at, failures, problem, snapshot from database_states order by database_id",
  },
  database_plans: {
    table: "database_plans",
    sql: `select database_id, statement_id, plan_hash, statement, plan, findings, problem, mean_ms, first_seen_at, last_seen_at
          from database_plans order by database_id, statement_id, plan_hash`,
  },
  error_groups: {
    table: "error_groups",
    sql: `select project_id, fingerprint, status, since, resolved_release, ignored_until, ignored_count::float8 as ignored_count,
                 count_before::float8 as count_before, owner_id from error_groups order by project_id, fingerprint`,
  },
  error_events: {
    table: "error_events",
    sql: `select id, project_id, fingerprint, at, kind, actor_kind, actor_id, release, service, type, message, trace_id, note,
                 owner_id from error_events order by id`,
  },
  error_evaluations: {
    table: "error_evaluations",
    sql: "select project_id, evaluated_at from error_evaluations order by project_id",
  },
  telemetry_deletions: {
    table: "telemetry_deletions",
    sql: "select id, project_id, requested_at, done_at from telemetry_deletions order by id",
  },
};

export interface SectionRow {
  readonly section: string;
  readonly row: object;
}

export async function readControlSections(tx: SqlExecutor): Promise<readonly SectionRow[]> {
  const rows: SectionRow[] = [];
  for (const [section, { sql }] of Object.entries(CONTROL_SECTIONS))
    for (const row of await tx.query<object>(sql)) rows.push({ section, row });
  return rows;
}
