-- PostgreSQL databases that are watched: how they are reached, what was seen last, and the plans of their slow statements.

create table databases (
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  name text not null check (length(name) between 1 and 100),
  host text not null check (length(host) between 1 and 253),
  port integer not null check (port between 1 and 65535),
  database_name text not null check (length(database_name) between 1 and 63),
  username text not null check (length(username) between 1 and 63),
  -- Sealed (access/secrets.ts); never given out.
  password text not null,
  tls_mode text not null check (tls_mode in ('verify-full', 'require', 'disable')),
  -- PEM; empty: the certificate authorities that everybody trusts.
  ca_certificate text not null default '' check (length(ca_certificate) <= 20000),
  statement_timeout_ms integer not null check (statement_timeout_ms between 100 and 30000),
  every_seconds integer not null check (every_seconds between 10 and 3600),
  -- Statements whose mean is at least this are explained.
  slow_ms double precision not null check (slow_ms >= 0),
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  unique (tenant_id, project_id, name),
  unique (tenant_id, id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('databases');

-- Written by the collector alone. `claim` says which run of which instance may write the next result.
create table database_states (
  database_id uuid primary key,
  tenant_id uuid not null,
  next_at timestamptz not null default now(),
  claim uuid,
  tried_at timestamptz,
  ok_at timestamptz,
  failures integer not null default 0,
  -- Why the last try failed, in words; empty when it did not.
  problem text not null default '',
  snapshot jsonb,
  -- Counters of the last snapshot, to make differences of.
  counters jsonb,
  foreign key (tenant_id, database_id) references databases (tenant_id, id) on delete cascade
);
create index database_states_next on database_states (next_at);
select isolate_by_tenant('database_states');
revoke update, delete on database_states from app_rw;

-- One row a plan of a statement: a statement whose plan changed has several. Without literals.
create table database_plans (
  database_id uuid not null,
  tenant_id uuid not null,
  statement_id text not null,
  -- Empty: it could not be explained, and `problem` says why.
  plan_hash text not null,
  statement text not null,
  plan jsonb,
  findings jsonb not null default '[]',
  problem text not null default '',
  mean_ms double precision not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (database_id, statement_id, plan_hash),
  foreign key (tenant_id, database_id) references databases (tenant_id, id) on delete cascade
);
create index database_plans_newest on database_plans (tenant_id, database_id, last_seen_at);
select isolate_by_tenant('database_plans');
revoke insert, update, delete on database_plans from app_rw;
