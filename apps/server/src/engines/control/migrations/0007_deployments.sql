-- What was deployed where, as whoever deploys tells it (POST /api/deployments).

create table deployments (
  tenant_id uuid not null,
  project_id text not null,
  -- The sender's own, so that saying it twice is one deployment.
  id text not null check (length(id) between 1 and 200),
  -- service.name; empty: of the whole project.
  service text not null default '' check (length(service) <= 200),
  -- service.version
  release text not null default '' check (length(release) <= 256),
  environment text not null default '' check (length(environment) <= 100),
  git_sha text not null default '' check (length(git_sha) <= 64),
  branch text not null default '' check (length(branch) <= 256),
  author text not null default '' check (length(author) <= 200),
  source text not null default '' check (length(source) <= 100),
  url text not null default '' check (length(url) <= 2048),
  message text not null default '' check (length(message) <= 2000),
  status text not null check (status in ('started', 'succeeded', 'failed', 'cancelled')),
  started_at timestamptz not null,
  finished_at timestamptz check (finished_at >= started_at),
  -- False where only the end was said: then the start is that end, and nobody knows how long it took.
  has_start boolean not null,
  recorded_at timestamptz not null default now(),
  primary key (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade,
  check ((status = 'started') = (finished_at is null))
);
create index deployments_by_start on deployments (tenant_id, project_id, started_at desc, id desc);
select isolate_by_tenant('deployments');
