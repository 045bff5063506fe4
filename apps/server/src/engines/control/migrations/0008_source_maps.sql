-- Source maps of files that sites sent to browsers: what turns a place in a bundle into a place in somebody's code.
create table source_maps (
  id uuid primary key,
  tenant_id uuid not null,
  project_id text not null,
  release text not null check (length(release) between 1 and 256),
  -- Address of the file, or its path, without query.
  file_url text not null check (length(file_url) between 1 and 2048),
  -- gzip of version 3 JSON without sourcesContent: the sources themselves are not kept.
  map bytea not null,
  -- Characters before each line of the file; null when the file was not sent along.
  line_starts integer[],
  created_at timestamptz not null default now(),
  unique (tenant_id, project_id, release, file_url),
  foreign key (tenant_id, project_id) references projects (tenant_id, id) on delete cascade
);
select isolate_by_tenant('source_maps');
