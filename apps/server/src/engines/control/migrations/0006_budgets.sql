-- Performance budgets: targets for the p75 of web vitals, when each was left and met again, and who changed them.
-- Without a row the published thresholds hold.

create table budgets (
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  -- A page as it is grouped, or with * for any text; * alone is every page and the whole site.
  page text not null check (length(page) between 1 and 500),
  -- Empty: all devices together.
  device text not null default '' check (device in ('', 'desktop', 'mobile', 'tablet')),
  metric text not null check (metric in ('LCP', 'CLS', 'INP', 'FCP', 'TTFB')),
  -- Milliseconds; CLS without a unit.
  target double precision not null check (target > 0),
  -- A member. Budgets outlive their owners' accounts.
  owner_id text references users on delete set null,
  note text not null default '' check (length(note) <= 1000),
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  unique (tenant_id, project_id, page, device, metric),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('budgets');

-- Who changed what when. Kept when the budget is gone.
create table budget_changes (
  -- Version 7, so that ordering by it is ordering by time.
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  budget_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  action text not null check (action in ('created', 'changed', 'deleted')),
  actor_kind text not null,
  actor_id text,
  page text not null,
  device text not null,
  metric text not null,
  -- Null: there was none before, or is none any more.
  target_before double precision,
  target_after double precision,
  owner_before text,
  owner_after text,
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
create index budget_changes_of_project on budget_changes (tenant_id, project_id, id);
select isolate_by_tenant('budget_changes');
revoke update, delete on budget_changes from app_rw;

-- The last verdict of each page (empty: the whole site), device and metric; one that is not known yet changes nothing.
-- Written by the evaluator alone, by a conditional update: of several instances that see the same transition one wins.
create table budget_states (
  tenant_id uuid not null,
  project_id text not null,
  page text not null,
  device text not null,
  metric text not null,
  is_over boolean not null,
  target double precision not null,
  since timestamptz not null,
  primary key (tenant_id, project_id, page, device, metric),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('budget_states');
revoke insert, update, delete on budget_states from app_rw;

-- Breaches and recoveries, with what was seen.
create table budget_events (
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  at timestamptz not null,
  kind text not null check (kind in ('breach', 'recovery')),
  page text not null,
  device text not null,
  metric text not null,
  target double precision not null,
  -- Null: the published threshold. No reference: the event outlives the budget.
  budget_id uuid,
  p75 double precision not null,
  low double precision not null,
  high double precision not null,
  n bigint not null,
  over_count bigint not null,
  window_from timestamptz not null,
  window_to timestamptz not null,
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
create index budget_events_of_project on budget_events (tenant_id, project_id, id);
select isolate_by_tenant('budget_events');
revoke insert, update, delete on budget_events from app_rw;

-- Which instance evaluates a project next: whoever moves the time on.
create table budget_evaluations (
  tenant_id uuid not null,
  project_id text not null,
  evaluated_at timestamptz not null,
  primary key (tenant_id, project_id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('budget_evaluations');
revoke insert, update, delete on budget_evaluations from app_rw;
