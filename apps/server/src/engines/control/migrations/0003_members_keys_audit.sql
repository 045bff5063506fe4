-- Who may do what in which tenant: members and their roles, invitations, API keys, single sign-on, and the audit log.

create table members (
  tenant_id uuid not null references tenants on delete cascade,
  user_id text not null references users on delete cascade,
  role text not null check (role in ('VIEWER', 'ADMIN', 'SUPER_ADMIN')),
  -- Otherwise only those in member_projects; for viewers only.
  sees_all_projects boolean not null default true,
  joined_at timestamptz not null default now(),
  primary key (tenant_id, user_id),
  check (sees_all_projects or role = 'VIEWER')
);
create index members_of_user on members (user_id);
select isolate_by_tenant('members');

create table member_projects (
  tenant_id uuid not null,
  user_id text not null,
  project_id text not null,
  primary key (tenant_id, user_id, project_id),
  foreign key (tenant_id, user_id) references members on delete cascade,
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
create index member_projects_of_project on member_projects (tenant_id, project_id);
select isolate_by_tenant('member_projects');

-- What a tenant may know of its own members: nothing of a person's sessions, passwords or other tenants.
create view people with (security_barrier = true) as
  select m.tenant_id, u.id, u.name, u.email, coalesce(u.two_factor_enabled, false) as has_two_factor,
         exists (select from passkeys p where p.user_id = u.id) as has_passkey,
         (select max(s.last_seen_at) from sessions s where s.user_id = u.id) as last_seen_at
  from members m join users u on u.id = m.user_id
  where m.tenant_id = current_tenant_id();
grant select on people to app_rw;

create table invitations (
  id uuid primary key,
  tenant_id uuid not null references tenants on delete cascade,
  email text not null check (email = lower(email) and length(email) between 3 and 320),
  role text not null check (role in ('VIEWER', 'ADMIN', 'SUPER_ADMIN')),
  -- Null: all projects.
  project_ids text[],
  -- SHA-256 of the token in the link.
  token_hash bytea not null unique check (length(token_hash) = 32),
  invited_by text references users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create index invitations_of_tenant on invitations (tenant_id, created_at);
select isolate_by_tenant('invitations');

create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants on delete cascade,
  name text not null check (length(name) between 1 and 200),
  prefix text not null,
  -- SHA-256 of the whole key: see ingest_keys.hash.
  hash bytea not null unique check (length(hash) = 32),
  -- Names of actions (access/roles.ts); a key can never do more than the person who made it can do now.
  scopes text[] not null check (cardinality(scopes) > 0),
  -- Null: all that its maker sees.
  project_ids text[],
  created_by text not null references users on delete cascade,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key it took over from when it was rotated.
  replaces uuid references api_keys on delete set null
);
create index api_keys_of_tenant on api_keys (tenant_id, created_at);
create index api_keys_of_maker on api_keys (created_by);
select isolate_by_tenant('api_keys');

alter table ingest_keys
  -- Of a browser key: the sites that may send with it, as `https://shop.example`.
  add column allowed_origins text[] not null default '{}',
  add column created_by text references users on delete set null,
  add column replaces uuid references ingest_keys on delete set null;

create table sso_providers (
  id uuid primary key,
  tenant_id uuid not null references tenants on delete cascade,
  name text not null check (length(name) between 1 and 200),
  issuer text not null check (length(issuer) between 1 and 2000),
  client_id text not null check (length(client_id) between 1 and 500),
  -- Sealed: access/secrets.ts. Null for a client that has none.
  client_secret text,
  scopes text[] not null,
  groups_claim text not null default 'groups',
  -- [{"group": "ops", "role": "ADMIN"}, …]; of several that match the highest role counts.
  role_by_group jsonb not null default '[]',
  -- For people in no mapped group; null: they are refused.
  default_role text check (default_role in ('VIEWER', 'ADMIN', 'SUPER_ADMIN')),
  -- Mail domains, to lead people from the sign-in page to their provider.
  email_domains text[] not null default '{}',
  is_enabled boolean not null default true,
  created_at timestamptz not null default now()
);
create index sso_providers_of_tenant on sso_providers (tenant_id);
select isolate_by_tenant('sso_providers');

-- Who did what, when, why and with which result. Rows are added and never changed, by nobody: app_rw may insert and read,
-- and a trigger stops the owner too. No foreign keys: what it speaks of may be gone.
create table audit_log (
  -- Version 7, so that ordering by it is ordering by time.
  id uuid primary key,
  -- Null: about the installation itself.
  tenant_id uuid,
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null check (actor_kind in ('person', 'api-key', 'system', 'nobody')),
  actor_id text,
  action text not null check (length(action) between 1 and 100),
  target_kind text not null default '' check (length(target_kind) <= 100),
  target_id text not null default '' check (length(target_id) <= 500),
  target_name text not null default '' check (length(target_name) <= 500),
  why text not null default '' check (length(why) <= 2000),
  result text not null check (result in ('done', 'refused', 'failed')),
  detail jsonb not null default '{}',
  address text not null default '' check (length(address) <= 100),
  user_agent text not null default '' check (length(user_agent) <= 500),
  request_id text not null default '' check (length(request_id) <= 100)
);
create index audit_log_of_tenant on audit_log (tenant_id, id);
select isolate_by_tenant('audit_log');
revoke update, delete on audit_log from app_rw;

create function refuse_change_of_audit_log() returns trigger language plpgsql as $$
begin
  -- Deleting a tenant deletes its log with it: once the tenant itself is gone, and not before.
  if tg_op = 'DELETE' and old.tenant_id is not null and not exists (select from tenants where id = old.tenant_id) then
    return old;
  end if;
  raise exception 'the audit log is append-only: % is refused', lower(tg_op) using errcode = 'insufficient_privilege';
end
$$;
revoke execute on function refuse_change_of_audit_log() from public;
create trigger append_only before update or delete on audit_log
  for each row execute function refuse_change_of_audit_log();
create trigger append_only_whole before truncate on audit_log
  for each statement execute function refuse_change_of_audit_log();

-- The log with names. Addresses of people are not copied into it, so that deleting a person leaves only an id behind.
create view audit_entries with (security_barrier = true) as
  select a.*, coalesce(u.email, '') as actor_email, coalesce(u.name, k.name, '') as actor_name
  from audit_log a
  left join users u on a.actor_kind = 'person' and u.id = a.actor_id
  left join api_keys k on a.actor_kind = 'api-key' and k.id::text = a.actor_id and k.tenant_id = a.tenant_id
  where a.tenant_id = current_tenant_id();
grant select on audit_entries to app_rw;

-- Telemetry that still has to be erased because its tenant or project was deleted. Rows that were acknowledged before the
-- deletion can reach the engine after it, so erasing is repeated until nothing comes any more.
create table telemetry_deletions (
  id uuid primary key,
  tenant_id uuid not null,
  -- Null: of all projects.
  project_id text,
  requested_at timestamptz not null default now(),
  done_at timestamptz,
  last_error text
);
-- A request writes one down together with its change and can see what is still to be erased; the rest is housekeeping.
select isolate_by_tenant('telemetry_deletions');
revoke update, delete on telemetry_deletions from app_rw;
