-- How long each tenant's telemetry is kept. Without a row: as long as the tables keep it.

create table retention (
  tenant_id uuid primary key references tenants on delete cascade,
  raw_days integer not null check (raw_days > 0),
  aggregate_days integer not null check (aggregate_days >= raw_days),
  changed_at timestamptz not null default now(),
  -- Which instance deletes next: whoever moves the time on. Null: at once.
  checked_at timestamptz,
  last_error text
);
select isolate_by_tenant('retention');
