-- What people decided about errors that are alike, and what happened to them. A fingerprint without a row is open.

create table error_groups (
  tenant_id uuid not null,
  project_id text not null,
  -- The number of the telemetry store as text: it does not fit a bigint.
  fingerprint text not null check (fingerprint ~ '^[0-9]{1,20}$'),
  status text not null default 'open' check (status in ('open', 'resolved', 'ignored', 'regressed')),
  -- When it came to its status; an error seen later than this is seen again.
  since timestamptz not null,
  -- Counts every change of status, so that a conditional update takes place once.
  version bigint not null default 1,
  -- Resolved in this release; null: at once, in all of them.
  resolved_release text check (length(resolved_release) between 1 and 200),
  -- Ignored until then, or until so many more, whichever is first; both null: for ever.
  ignored_until timestamptz,
  ignored_count bigint check (ignored_count > 0),
  -- Occurrences that were known when it was ignored.
  count_before bigint not null default 0,
  -- A member. What was decided outlives accounts.
  owner_id text references users on delete set null,
  primary key (tenant_id, project_id, fingerprint),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('error_groups');

-- What people did and what the product saw, never changed.
create table error_events (
  -- Version 7, so that ordering by it is ordering by time.
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  fingerprint text not null,
  at timestamptz not null,
  kind text not null check (kind in ('first-seen', 'regressed', 'ignore-ended', 'resolved', 'ignored', 'reopened', 'assigned')),
  -- 'system': the product itself.
  actor_kind text not null,
  actor_id text,
  -- Where it was seen, or resolved.
  release text not null default '',
  service text not null default '',
  type text not null default '',
  message text not null default '' check (length(message) <= 400),
  trace_id text,
  note text not null default '' check (length(note) <= 1000),
  owner_id text,
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
create index error_events_of_group on error_events (tenant_id, project_id, fingerprint, id);
-- Of several instances that see the same new error one tells it.
create unique index error_events_first_seen on error_events (tenant_id, project_id, fingerprint) where kind = 'first-seen';
create index error_events_of_project on error_events (tenant_id, project_id, kind, id);
select isolate_by_tenant('error_events');
revoke update, delete on error_events from app_rw;

-- Which instance looks at a project next: whoever moves the time on.
create table error_evaluations (
  tenant_id uuid not null,
  project_id text not null,
  evaluated_at timestamptz not null,
  primary key (tenant_id, project_id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('error_evaluations');
revoke insert, update, delete on error_evaluations from app_rw;
