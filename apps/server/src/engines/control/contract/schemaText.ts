import type { SqlExecutor } from "../store.ts";

/**
 * The schema as text, one line a fact, the same on every supported version of PostgreSQL: columns, constraints, indexes,
 * policies, grants and functions of the schema `public`.
 */
export async function schemaText(store: SqlExecutor): Promise<string> {
  const rows = await store.query<{ line: string }>(FACTS);
  return `${rows.map((row) => row.line).join("\n")}\n`;
}

/** The owner's name differs from database to database; it is written as `owner`. */
const FACTS = `
  with facts (kind, line) as (
    select 1, format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                     case when a.attnotnull then ' not null' else '' end,
                     coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
    union all
    select 2, format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid))
    from pg_constraint
    -- PostgreSQL 18 lists not-null here too; it is a part of the column above.
    where connamespace = 'public'::regnamespace and contype <> 'n'
    union all
    select 3, indexdef from pg_indexes where schemaname = 'public'
    union all
    select 4, format('%s: policy %s for %s to %s using %s check %s', tablename, policyname, cmd,
                     replace(roles::text, current_user, 'owner'), qual, with_check)
    from pg_policies where schemaname = 'public'
    union all
    select 5, format('%s: row-level security forced', relname)
    from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity and relforcerowsecurity
    union all
    select 6, format('%s: app_rw may %s', table_name, string_agg(lower(privilege_type), ', ' order by privilege_type))
    from information_schema.role_table_grants where grantee = 'app_rw' and table_schema = 'public' group by table_name
    union all
    select 7, format('function %s(%s): app_rw %s execute', proname, pg_get_function_identity_arguments(oid),
                     case when has_function_privilege('app_rw', oid, 'execute') then 'may' else 'may not' end)
    from pg_proc where pronamespace = 'public'::regnamespace
  )
  select line from facts order by kind, line collate "C"`;
