-- Daily quotas: what each tenant may send a day, and what it has sent. Days are UTC days.

-- Of the installation, not of the tenant: a tenant reads its own and changes none.
create table quotas (
  tenant_id uuid not null references tenants on delete cascade,
  kind text not null check (kind in ('spans', 'logs', 'points', 'events')),
  -- Null: no quota. Without a row the operator's default holds.
  daily_max bigint check (daily_max > 0),
  primary key (tenant_id, kind)
);
select isolate_by_tenant('quotas');
revoke insert, update, delete on quotas from app_rw;

-- Items that were taken, added up by every instance about once a second (access/quotas/quotas.ts).
create table usage_days (
  tenant_id uuid not null references tenants on delete cascade,
  day date not null,
  spans bigint not null default 0,
  logs bigint not null default 0,
  points bigint not null default 0,
  events bigint not null default 0,
  primary key (tenant_id, day)
);
create index usage_days_by_day on usage_days (day);
select isolate_by_tenant('usage_days');
revoke insert, update, delete on usage_days from app_rw;
