-- Who owns telemetry (tenants, projects), who may send it (ingest keys), and what the installation remembers (settings).
--
-- Two walls between tenants, one behind the other: requests run as app_rw, which sees only rows of app.tenant_id; and
-- row-level security is forced, so that even the owner of the tables sees nothing by accident of a missing policy.
-- The owner (the login role that runs this file) has a policy of its own: housekeeping spans tenants.

-- Roles belong to the whole server: another database of the same server may have made it already, even right now.
do $$
begin
  if not exists (select from pg_roles where rolname = 'app_rw') then
    create role app_rw nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'this login may not create roles; as an administrator run: create role app_rw nologin; grant app_rw to %',
      quote_ident(current_user);
end
$$;

do $$
begin
  -- Needed for set role: always for a login that is no superuser, on PostgreSQL 16 even for the role's creator.
  execute format('grant app_rw to %I', current_user);
exception
  when insufficient_privilege then
    if not pg_has_role(current_user, 'app_rw', 'MEMBER') then
      raise exception 'this login may not act as the role app_rw; as an administrator run: grant app_rw to %',
        quote_ident(current_user);
    end if;
end
$$;

-- current_setting is '' (not null) once the setting was used in a session, hence nullif.
create function current_tenant_id() returns uuid language sql stable
  as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;

-- Every table with a tenant_id is given to this function in the migration that creates it. For a partitioned table
-- give it the parent only: a partition that is granted by itself would be readable past the parent's policy.
create function isolate_by_tenant(target regclass, tenant_column name default 'tenant_id') returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant_isolation on %s for all to app_rw using (%2$I = current_tenant_id()) with check (%2$I = current_tenant_id())',
    target, tenant_column);
  execute format('create policy housekeeping on %s for all to %I using (true) with check (true)', target, current_user);
  execute format('grant select, insert, update, delete on %s to app_rw', target);
end
$$;

-- Nothing here is for PUBLIC, and app_rw has no business with the function that makes policies.
revoke execute on function isolate_by_tenant(regclass, name) from public;
grant usage on schema public to app_rw;

create table tenants (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);
select isolate_by_tenant('tenants', 'id');
-- A request may read and rename its own tenant; making and deleting tenants is housekeeping.
revoke insert, delete on tenants from app_rw;

create table projects (
  -- Goes into every telemetry row, URLs and the x-throughline-project header.
  id text not null check (id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  tenant_id uuid not null references tenants on delete cascade,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
select isolate_by_tenant('projects');

create table ingest_keys (
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  name text not null check (length(name) between 1 and 200),
  -- The first characters of the key, to recognise it by.
  prefix text not null,
  -- SHA-256 of the whole key, which has at least 128 bits of its own: a slow password hash would add nothing.
  hash bytea not null unique check (length(hash) = 32),
  kind text not null check (kind in ('server', 'browser')),
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
create index ingest_keys_of_project on ingest_keys (tenant_id, project_id);
select isolate_by_tenant('ingest_keys');

-- Of the installation, not of a tenant: app_rw has no grant at all.
create table settings (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);
